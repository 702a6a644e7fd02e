#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace slipway::judge {

// How times are told apart: in the cells that they are counted in, and on a grid of bins of one ratio, on
// which distributions are compared. A cell's part in a bin is in proportion to the logarithm of the time.
class Scale {
 public:
  struct Part {
    std::uint16_t bin = 0;
    double share = 0;  // of the cell; a cell's shares sum to 1
  };

  // The buckets of Histogram, and bins of 5 % from 1 ms to an hour. A bucket of a millisecond is all of it: a
  // time of 7 ms was anything from 7 to 8 ms.
  static Scale of_histogram();
  // Cells that are bins: [lowest × ratio^k, lowest × ratio^(k + 1)), 0 ≤ k < cells.
  static Scale geometric(double lowest, double ratio, int cells);

  int cells() const { return static_cast<int>(low_.size()) - 1; }
  int bins() const { return bins_; }
  double low(int cell) const { return low_[static_cast<std::size_t>(cell)]; }  // ms; low(cells()) is the end
  double log_ratio() const { return log_ratio_; }                              // of a bin
  // How many bins a factor is, rounded.
  int bins_of(double factor) const;
  // The first cell that lies wholly at or above ms; cells() where there is none.
  int first_above(double ms) const;
  // The cell that ms lies in.
  int cell_at(double ms) const;

  // By cell, the bins that its times fall into.
  struct Parts {
    std::vector<Part> all;
    std::vector<std::uint32_t> starts;
    std::span<const Part> of(std::size_t cell) const {
      return std::span(all).subspan(starts[cell], starts[cell + 1] - starts[cell]);
    }
  };
  // Of times that are first lessened by `less` ms and then divided by `factor`.
  Parts parts(double factor, double less) const;

 private:
  Scale(std::vector<double> low, double lowest_bin, double log_ratio, int bins);
  std::vector<double> low_;
  double log_lowest_;  // of the first bin
  double log_ratio_;
  int bins_;
};

}  // namespace slipway::judge

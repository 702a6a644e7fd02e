#include "scenario/recording.h"

#include <fstream>
#include <map>

#include "base/check.h"
#include "core/json.h"

namespace slipway::scenario {
namespace {

class Recording final : public runner::Journal {
 public:
  Recording(runner::Journal& journal, const std::filesystem::path& file)
      : journal_(journal), file_(file, std::ios::app) {
    const auto recovered = journal.recover();
    if (recovered && !recovered->empty()) state_ = recovered->front().state;
  }

  Status append(const runner::Transaction& transaction) override {
    TRY_VOID(journal_.append(transaction));
    const auto recovered = journal_.recover();
    CHECK(recovered && recovered->size() == 1);
    Json state = recovered->front().state;
    Json deployments = Json::array();
    for (const core::DeploymentRecord& record : transaction.records) deployments.push_back(record);
    Json open = Json::array();
    for (const core::Effect& effect : recovered->front().open) open.push_back(effect);
    const Json line{{"number", transaction.number},
                    {"time", transaction.time},
                    {"event", core::event_to_json(transaction.event)},
                    {"format", recovered->front().state.format},
                    {"state", Json::diff(state_, state)},
                    {"open", open},
                    {"deployments", deployments}};
    file_ << line.dump() << "\n";
    file_.flush();
    CHECK(file_.good());
    state_ = std::move(state);
    return {};
  }
  Result<std::vector<runner::Recovered>> recover() override { return journal_.recover(); }
  Status check() override { return journal_.check(); }

 private:
  runner::Journal& journal_;
  std::ofstream file_;
  Json state_;
};

}  // namespace

std::unique_ptr<runner::Journal> recording(runner::Journal& journal, const std::filesystem::path& file) {
  return std::make_unique<Recording>(journal, file);
}

}  // namespace slipway::scenario

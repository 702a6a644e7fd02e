#include "drivers/telemetry/record.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace slipway::drivers::telemetry {
namespace {

// What follows the token: which fields there are and in which order.
constexpr std::string_view version = "3";

// What HAProxy writes for a variable that isn't set.
constexpr std::string_view unset = "-";

// Takes the fields of a line one after the other; once one is wrong, all is.
class Fields {
 public:
  explicit Fields(std::string_view line) : rest_(line) {}

  std::string_view word() {
    const std::size_t space = rest_.find(' ');
    const std::string_view result = rest_.substr(0, space);
    ended_ = ended_ || space == std::string_view::npos;
    rest_.remove_prefix(space == std::string_view::npos ? rest_.size() : space + 1);
    right_ = right_ && !result.empty();
    return result;
  }

  std::int64_t number(std::int64_t least, std::int64_t most) { return number_in(word(), least, most); }

  std::int64_t number_or(std::int64_t otherwise, std::int64_t least, std::int64_t most) {
    const std::string_view text = word();
    return text == unset ? otherwise : number_in(text, least, most);
  }

  int slot() {
    const std::string_view name = word();
    if (name.starts_with('<')) return 0;  // <NOSRV>, <STATS>, …: the proxy itself
    require(name.starts_with('s'));
    return right_ ? static_cast<int>(number_in(name.substr(1), 1, 1'000'000)) : 0;
  }

  void require(bool condition) { right_ = right_ && condition; }
  bool right() const { return right_; }
  bool ended() const { return ended_; }

 private:
  std::int64_t number_in(std::string_view text, std::int64_t least, std::int64_t most) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    require(error == std::errc() && end == text.data() + text.size() && value >= least && value <= most);
    return right_ ? value : least;
  }

  std::string_view rest_;
  bool right_ = true;
  bool ended_ = false;
};

// Who ended the request, by the first letter of HAProxy's termination state. S and s: the instance refused,
// broke off, or let a timeout pass; D: it was found to be down. The rest isn't the connection's failure: P
// (the proxy refused the request, or an answer that isn't HTTP: 502 says that), R and I (the proxy lacks
// something: its 5xx says that), L (the proxy itself answered), U and K (the request was moved or ended by
// hand), C and c (the client).
bool connection_failed(char ended_by) {
  return ended_by == 'S' || ended_by == 's' || ended_by == 'D';
}

// The second letter is what was going on: R, T, Q, C and H lie before the answer's headers; D (data) and L
// (the last data) may be a request's body too, and then there is no status.
bool client_left(char ended_by, char during, int status) {
  if (ended_by != 'C' && ended_by != 'c') return false;
  return status == 0 || std::string_view("RTQCH").find(during) != std::string_view::npos;
}

// "Proxy shop.production stopped (cumulated conns: FE: 24, BE: 0)." goes to every log of a frontend.
bool is_notice(std::string_view line) {
  return line.starts_with("Proxy ") && line.find(" stopped (") != std::string_view::npos;
}

}  // namespace

// As the configuration's rule has it. Not by the lowest digits, which say who meets the canary.
bool is_recorded_whole(std::int64_t session, std::int64_t one_in) {
  return session / 10'000 % 100 * one_in < 100;
}

std::string log_format(std::string_view token) {
  std::string format(token);
  format += ' ';
  format += version;
  format +=
      " %f %b %s %ST %ts %Tw %Tc %Tr %Ta %[var(txn.now)] %[var(txn.one_in)] %[var(txn.drawn)]"
      " %[var(txn.session)] %[var(txn.alone)] %[var(txn.weight)] %[var(txn.rate)] %[var(txn.preview)] %pid "
      "%lc";
  return format;
}

std::variant<Record, Refused> parse(std::string_view line, std::string_view token) {
  if (is_notice(line)) return Refused::notice;
  if (token.empty() || !line.starts_with(token)) return Refused::forged;
  line.remove_prefix(token.size());
  if (!line.starts_with(' ')) return Refused::forged;
  line.remove_prefix(1);
  if (line.ends_with('\n')) line.remove_suffix(1);

  constexpr std::int64_t longest = 365LL * 24 * 3'600'000;         // a year, in ms
  constexpr std::int64_t latest = 9'999LL * 366 * 24 * 3'600'000;  // about the year 9999
  constexpr std::int64_t last_number = 1LL << 62;
  constexpr std::int64_t most_apart = 10'000;
  Fields fields(line);
  fields.require(fields.word() == version);
  Record record;
  record.frontend = fields.word();
  record.backend = fields.word();
  record.slot = fields.slot();
  const auto status = fields.number(-1, 999);
  fields.require(status <= 0 || (status >= 100 && status <= 599));
  record.status = status > 0 ? static_cast<int>(status) : 0;
  const std::string_view ended = fields.word();
  fields.require(ended.size() == 2);
  // -1 where it didn't come so far.
  const auto queued = fields.number(-1, longest);
  const auto connecting = fields.number(-1, longest);
  const auto answering = fields.number(-1, longest);
  const auto active = fields.number(-1, longest);
  record.asked = Time(Duration(fields.number_or(0, 0, latest)));
  const auto one_in = fields.number_or(1, 0, most_apart);
  const bool drawn = fields.number_or(0, 0, most_apart) == 0;
  const auto session = fields.number_or(-1, 0, std::numeric_limits<std::uint32_t>::max());
  const bool alone = fields.number_or(0, 0, 1) == 1;
  record.canary_weight = static_cast<int>(fields.number_or(0, 0, 10'000));
  record.stable_one_in = static_cast<int>(fields.number_or(1, 1, most_apart));
  fields.require(session < 0 || record.canary_weight > 0);
  const bool whole = session >= 0 && !alone && one_in > 0 && is_recorded_whole(session, one_in);
  fields.require(drawn || whole);
  record.weight = drawn ? static_cast<int>(std::max<std::int64_t>(one_in, 1)) : 0;
  record.alone = alone && session >= 0 && one_in > 0;
  if (whole) record.session = static_cast<std::uint32_t>(session);
  record.preview = fields.number_or(0, 0, 1) == 1;
  record.process = fields.number(1, last_number);
  record.sequence = fields.number(0, last_number);
  if (!fields.right() || !fields.ended()) return Refused::malformed;

  const bool answered = queued >= 0 && connecting >= 0 && answering >= 0;
  record.took = Duration(answered ? queued + connecting + answering : std::max<std::int64_t>(active, 0));
  record.lasted = std::max(record.took, Duration(active));
  record.failed = connection_failed(ended[0]);
  record.left = client_left(ended[0], ended[1], record.status);
  return record;
}

}  // namespace slipway::drivers::telemetry

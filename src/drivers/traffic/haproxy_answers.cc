#include "drivers/traffic/haproxy_answers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace slipway::drivers::haproxy {
namespace {

std::unexpected<Error> not_understood(std::string_view what, std::string_view text) {
  std::string beginning;
  for (const char c : text.substr(0, 80)) beginning += c >= ' ' && c < 127 ? c : ' ';
  return fail(ErrorKind::unavailable, "HAProxy's answer to '{}' isn't understood: \"{}\"", what, beginning);
}

// Takes the part up to `separator` off the front of `text`.
std::string_view take(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return part;
}

std::string_view take_word(std::string_view& text) {
  const std::size_t begin = text.find_first_not_of(' ');
  text.remove_prefix(begin == std::string_view::npos ? text.size() : begin);
  return take(text, ' ');
}

std::string_view take_line(std::string_view& text) {
  std::string_view line = take(text, '\n');
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// One line of CSV. HAProxy quotes a field that holds a comma or a quote, and doubles the quotes in it.
std::vector<std::string> fields(std::string_view line) {
  std::vector<std::string> result(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      result.back() += line[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      result.emplace_back();
    } else {
      result.back() += c;
    }
  }
  return result;
}

std::optional<std::size_t> column(const std::vector<std::string>& names, std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return i;
  }
  return std::nullopt;
}

}  // namespace

Result<Info> parse_info(std::string_view text) {
  const std::string_view whole = text;
  Info info;
  while (!text.empty()) {
    std::string_view value = take_line(text);
    const std::string_view name = take(value, ':');
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (name == "Pid") {
      const auto pid = number<int>(value);
      if (!pid || *pid <= 0) return not_understood("show info", whole);
      info.pid = *pid;
    } else if (name == "description") {
      info.description = value;
    } else if (name == "Stopping") {
      info.stopping = value != "0";
    } else if (name == "CurrConns") {
      info.connections = number<int>(value).value_or(0);
    }
  }
  if (info.pid == 0) return not_understood("show info", whole);
  return info;
}

Result<std::vector<StatRow>> parse_stat(std::string_view text) {
  const std::string_view whole = text;
  std::string_view head = take_line(text);
  if (!head.starts_with("# ")) return not_understood("show stat", whole);
  head.remove_prefix(2);
  const std::vector<std::string> names = fields(head);
  const auto proxy = column(names, "pxname"), server = column(names, "svname"),
             status = column(names, "status");
  if (!proxy || !server || !status) return not_understood("show stat", whole);
  struct Counter {
    std::string_view name;
    std::int64_t StatRow::* sum;
  };
  constexpr std::array counters{Counter{"scur", &StatRow::in_flight}, Counter{"qcur", &StatRow::queued},
                                Counter{"act", &StatRow::active},     Counter{"req_tot", &StatRow::requests},
                                Counter{"stot", &StatRow::started},   Counter{"econ", &StatRow::failed},
                                Counter{"eresp", &StatRow::failed},   Counter{"wretr", &StatRow::failed},
                                Counter{"wredis", &StatRow::failed},  Counter{"cli_abrt", &StatRow::failed}};
  std::array<std::size_t, counters.size()> places{};
  for (std::size_t i = 0; i < counters.size(); ++i) {
    const auto place = column(names, counters[i].name);
    if (!place) return not_understood("show stat", whole);
    places[i] = *place;
  }
  const std::size_t last = std::max({*proxy, *server, *status, std::ranges::max(places)});
  constexpr std::int64_t most = std::int64_t{1} << 56;
  std::vector<StatRow> rows;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) continue;
    const std::vector<std::string> cells = fields(line);
    if (cells.size() <= last) return not_understood("show stat", line);
    StatRow row{.proxy = cells[*proxy], .server = cells[*server], .status = cells[*status]};
    for (std::size_t i = 0; i < counters.size(); ++i) {
      // Cells that don't apply to a line, such as a frontend's queue, are empty.
      const std::string& cell = cells[places[i]];
      const auto count = cell.empty() ? 0 : number<std::int64_t>(cell);
      if (!count || *count < 0 || *count > most) return not_understood("show stat", line);
      row.*counters[i].sum += *count;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

namespace {

// Of a check that failed, in the prober's words.
std::string failed_check(std::string_view status, std::string_view code, std::string_view said) {
  if (status == "L7STS") return fmt::format("status {}", code);
  if (status == "L4TOUT" || status == "L7TOUT" || status == "L6TOUT") return "no answer in time";
  if (status == "L7RSP") return "its answer isn't HTTP, or broke off, or its headers are too large";
  if (said.empty()) return fmt::format("its check says {}", status);
  std::string text(said);
  if (text.front() >= 'A' && text.front() <= 'Z') text.front() = static_cast<char>(text.front() - 'A' + 'a');
  return text;
}

}  // namespace

Result<std::vector<ServerRow>> parse_servers(std::string_view text) {
  const std::string_view whole = text;
  std::string_view head = take_line(text);
  if (!head.starts_with("# ")) return not_understood("show stat", whole);
  head.remove_prefix(2);
  const std::vector<std::string> names = fields(head);
  std::array<std::size_t, 7> at{};
  constexpr std::array<std::string_view, 7> wanted{"pxname",     "svname",   "status", "check_status",
                                                   "check_code", "last_chk", "addr"};
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto place = column(names, wanted[i]);
    if (!place) return not_understood("show stat", whole);
    at[i] = *place;
  }
  const std::size_t last = std::ranges::max(at);
  std::vector<ServerRow> rows;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) continue;
    const std::vector<std::string> cells = fields(line);
    if (cells.size() <= last) return not_understood("show stat", line);
    const std::string& status = cells[at[2]];
    const std::string& address = cells[at[6]];
    const std::size_t colon = address.rfind(':');
    const auto port = colon == std::string::npos ? std::nullopt : number<int>(address.substr(colon + 1));
    if (!port) continue;  // no server of a pool
    ServerRow row{.backend = cells[at[0]], .server = cells[at[1]], .port = *port};
    // "UP 1/2" is on its way, in one direction or the other.
    if (status == "UP") row.up = true;
    if (status.starts_with("DOWN")) row.up = false;
    if (row.up == false) row.detail = failed_check(cells[at[3]], cells[at[4]], cells[at[5]]);
    rows.push_back(std::move(row));
  }
  return rows;
}

// A line for each use of the map; where it was found, they all say the same.
Result<std::optional<std::string>> parse_map_entry(std::string_view text) {
  constexpr std::string_view value = " value=\"";
  const std::string_view whole = text;
  const std::string_view line = take_line(text);
  if (!line.starts_with("type=")) return not_understood("get map", whole);
  if (line.find(" found=no") != std::string_view::npos) return std::nullopt;
  const std::size_t begin = line.find(value);
  const std::size_t end = begin == std::string_view::npos ? begin : line.find('"', begin + value.size());
  if (end == std::string_view::npos) return not_understood("get map", whole);
  return std::string(line.substr(begin + value.size(), end - begin - value.size()));
}

Result<std::vector<ServerState>> parse_servers_state(std::string_view text) {
  const std::string_view whole = text;
  if (take_line(text) != "1") return not_understood("show servers state", whole);
  std::string_view head = take_line(text);
  if (take_word(head) != "#") return not_understood("show servers state", whole);
  std::vector<std::string> names;
  while (!head.empty()) names.emplace_back(take_word(head));
  const auto backend = column(names, "be_name"), server = column(names, "srv_name"),
             address = column(names, "srv_addr"), port = column(names, "srv_port"),
             operational = column(names, "srv_op_state"), admin = column(names, "srv_admin_state"),
             weight = column(names, "srv_uweight"), check_health = column(names, "srv_check_health");
  if (!backend || !server || !address || !port || !operational || !admin || !weight || !check_health) {
    return not_understood("show servers state", whole);
  }
  std::vector<ServerState> states;
  while (!text.empty()) {
    std::string_view line = take_line(text);
    if (line.empty()) continue;
    const std::string_view whole_line = line;
    std::vector<std::string> cells;
    while (!line.empty()) cells.emplace_back(take_word(line));
    if (cells.size() < names.size()) return not_understood("show servers state", whole_line);
    const auto port_number = number<int>(cells[*port]), state = number<int>(cells[*operational]);
    const auto bits = number<unsigned>(cells[*admin]);
    const auto share = number<int>(cells[*weight]), passed = number<int>(cells[*check_health]);
    if (!port_number || !state || !bits || !share || !passed)
      return not_understood("show servers state", whole_line);
    states.push_back(
        {cells[*backend], cells[*server], cells[*address], *port_number, *state, *bits, *share, *passed});
  }
  return states;
}

std::optional<ListenAddress> unbindable_in(std::string_view line) {
  const std::size_t said = line.find("cannot bind socket");
  const std::size_t begin = line.rfind('[');
  const std::size_t end = line.rfind(']');
  if (said == std::string_view::npos || begin < said || end == std::string_view::npos || end < begin)
    return std::nullopt;
  const std::string_view text = line.substr(begin + 1, end - begin - 1);
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = number<int>(text.substr(colon + 1));
  if (!port) return std::nullopt;
  return ListenAddress{std::string(text.substr(0, colon)), *port};
}

std::optional<std::pair<int, int>> version_in(std::string_view line) {
  // "HA-Proxy version" until 2.3.
  const std::size_t name = line.starts_with("HAProxy version ")    ? 16
                           : line.starts_with("HA-Proxy version ") ? 17
                                                                   : 0;
  if (name == 0) return std::nullopt;
  line.remove_prefix(name);
  const auto first = number<int>(take(line, '.'));
  const auto second = number<int>(line.substr(0, line.find_first_not_of("0123456789")));
  if (!first || !second) return std::nullopt;
  return std::pair{*first, *second};
}

}  // namespace slipway::drivers::haproxy

#include "drivers/traffic/haproxy_worker.h"

namespace slipway::drivers::haproxy {
namespace {

using core::Pool;
using core::Target;

// HAProxy's words for "there is no such backend" or map.
bool unknown(std::string_view answer) {
  return answer.find("No such") != std::string_view::npos ||
         answer.find("Can't find") != std::string_view::npos ||
         answer.find("Unknown map") != std::string_view::npos;
}

constexpr Pool pools[] = {Pool::a, Pool::b};

std::vector<std::string> questions(const Target& target) {
  std::vector<std::string> questions;
  for (const auto& [file, value] : map_values(target, Route{}))
    questions.push_back(fmt::format("get map {} {}", file, frontend_name(target)));
  for (const Pool pool : pools) questions.push_back("show servers state " + backend_name(target, pool));
  return questions;
}

// `answers` are those to questions(), from the one at `first` on.
Result<Held> read_held(const std::vector<std::string>& answers, std::size_t first, const Target& target) {
  Held held;
  std::size_t next = first;
  for (const auto& [file, value] : map_values(target, Route{})) {
    const std::string& text = answers.at(next++);
    if (unknown(text)) continue;
    TRY(const auto entry, parse_map_entry(text));
    if (entry) held.values[file] = *entry;
  }
  for (const Pool pool : pools) {
    const std::string& text = answers.at(next++);
    if (unknown(text)) continue;
    TRY((pool == Pool::a ? held.a : held.b), parse_servers_state(text));
  }
  return held;
}

}  // namespace

Result<Held> held(const CommandLine& worker, const Target& target) {
  TRY(const std::vector<std::string> answers, worker.ask(questions(target)));
  return read_held(answers, 0, target);
}

Result<std::vector<Target>> differing(const CommandLine& worker, const Routes& wanted) {
  std::vector<std::string> all;
  for (const auto& [target, route] : wanted) std::ranges::move(questions(target), std::back_inserter(all));
  TRY(const std::vector<std::string> answers, worker.ask(all));
  std::vector<Target> differing;
  std::size_t first = 0;
  for (const auto& [target, route] : wanted) {
    TRY(const Held held, read_held(answers, first, target));
    first += all.size() / wanted.size();
    if (!changes(held, target, route).empty() || difference(held, target, route)) differing.push_back(target);
  }
  return differing;
}

Result<int> in_flight(const CommandLine& worker, const Target& target, Pool pool) {
  const std::string name = backend_name(target, pool);
  // 2 asks for backends alone: one line.
  TRY(const std::string text, worker.ask("show stat " + name + " 2 -1"));
  if (unknown(text)) return 0;
  TRY(const auto rows, parse_stat(text));
  for (const StatRow& row : rows)
    if (row.proxy == name) return static_cast<int>(row.in_flight + row.queued);
  return 0;
}

Result<Counters> counters(const CommandLine& worker, const std::vector<Target>& targets) {
  std::vector<std::string> questions{"show info"};
  // 6 asks for backends and servers.
  for (const Target& target : targets)
    for (const Pool pool : pools) questions.push_back("show stat " + backend_name(target, pool) + " 6 -1");
  TRY(const std::vector<std::string> answers, worker.ask(questions));
  TRY(const Info info, parse_info(answers.at(0)));
  Counters counters{.pid = info.pid, .rows = {}};
  std::size_t next = 1;
  for (const Target& target : targets) {
    auto& rows = counters.rows[target];
    for (std::size_t i = 0; i < std::size(pools); ++i) {
      const std::string& text = answers.at(next++);
      if (unknown(text)) continue;
      TRY(const auto its, parse_stat(text));
      rows.insert(rows.end(), its.begin(), its.end());
    }
  }
  return counters;
}

Result<std::vector<ServerRow>> servers(const CommandLine& worker) {
  // 4 asks for servers.
  TRY(const std::string text, worker.ask("show stat -1 4 -1 no-maint"));
  return parse_servers(text);
}

// Two exchanges: what it holds, and then all that changes together with what it holds by then.
Status converge(const CommandLine& worker, const Target& target, const Route& wanted) {
  TRY(const Held before, held(worker, target));
  std::vector<std::string> commands = changes(before, target, wanted);
  if (commands.empty() && !difference(before, target, wanted)) return {};
  const std::size_t told = commands.size();
  std::ranges::move(questions(target), std::back_inserter(commands));
  TRY(const std::vector<std::string> answers, worker.ask(commands));
  TRY(const Held after, read_held(answers, told, target));
  const auto differs = difference(after, target, wanted);
  if (!differs) return {};
  std::string said;
  for (std::size_t i = 0; i < told; ++i) said += answers[i];
  while (said.ends_with('\n')) said.pop_back();
  return fail(ErrorKind::unavailable, "HAProxy didn't take the change: {}; it said \"{}\"", *differs, said);
}

}  // namespace slipway::drivers::haproxy

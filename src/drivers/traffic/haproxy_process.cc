#include "drivers/traffic/haproxy_process.h"

#include <csignal>

#include "shim/shim.h"

namespace slipway::drivers::haproxy {
namespace {

constexpr Duration comes_up_within{5'000};
constexpr Duration reloads_within{10'000};
constexpr Duration answers_again_within{2'000};
constexpr Duration between{5};
constexpr Duration ends_within{5'000};

Result<Processes> processes(const Folder& folder) {
  TRY(const std::string text, CommandLine(folder.master_socket()).ask("show proc"));
  return parse_processes(text);
}

Result<Info> info_of(const CommandLine& worker) {
  TRY(const std::string text, worker.ask("show info"));
  return parse_info(text);
}

std::string with_alert(const Folder& folder, std::string message) {
  const std::string alert = folder.last_alert();
  if (!alert.empty()) message += "; it last said: " + alert;
  return message;
}

// Nothing came, or HAProxy's words for "there is no such backend" or map.
bool unknown(std::string_view answer) {
  return answer.find("No such") != std::string_view::npos ||
         answer.find("Can't find") != std::string_view::npos ||
         answer.find("Unknown map") != std::string_view::npos;
}

// The pool's own line of counters, if the worker knows the pool.
Result<std::optional<StatRow>> pool_row(const CommandLine& worker, const core::Target& target,
                                        core::Pool pool) {
  const std::string name = backend_name(target, pool);
  // 2 asks for backends alone: one line.
  TRY(const std::string text, worker.ask("show stat " + name + " 2 -1"));
  if (unknown(text)) return std::nullopt;
  TRY(const auto rows, parse_stat(text));
  for (const StatRow& row : rows) {
    if (row.proxy == name) return row;
  }
  return std::nullopt;
}

}  // namespace

Status Process::ensure() const {
  const auto status = shim::status(folder_.dir());
  if (status) return {};
  if (status.error().kind != ErrorKind::not_found) return std::unexpected(status.error());
  shim::Spec spec;
  spec.title = "haproxy";
  // Everything by relative names: a socket's path can't be longer than 107 bytes.
  spec.command = {binary_, "-W", "-S", "unix@master.sock,mode,600", "-f", "haproxy.cfg"};
  spec.env = {{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}};
  spec.directory = folder_.dir();
  spec.backoff = Duration{100};
  spec.backoff_max = Duration{1000};
  const auto started = shim::start(folder_.dir(), spec, {}, shim_program_);
  if (!started && started.error().kind != ErrorKind::conflict) return std::unexpected(started.error());
  return {};
}

Status Process::stop() const {
  return shim::stop(folder_.dir(), ends_within);
}

Result<Info> Process::info() const {
  return info_of(current());
}

bool Process::has(const Info& info, const std::string& mark) {
  return info.description == "slipway-" + mark;
}

Result<bool> Process::await_structure(const std::string& mark) const {
  Result<Info> seen = fail(ErrorKind::unavailable, "HAProxy wasn't asked");
  await(comes_up_within, between, [&] {
    seen = info();
    return seen && !seen->stopping;
  });
  if (!seen) {
    return fail(ErrorKind::unavailable, "{}",
                with_alert(folder_, "HAProxy doesn't come up: " + seen.error().message));
  }
  if (has(*seen, mark)) return false;
  TRY_VOID(reload(*seen, mark));
  return true;
}

Status Process::reload(const Info& before, const std::string& mark) const {
  const auto earlier = processes(folder_);
  TRY_VOID(shim::signal(folder_.dir(), SIGUSR2));
  bool refused = false;
  const bool ended = await(reloads_within, between, [&] {
    const auto now = info();
    if (now && now->pid != before.pid && has(*now, mark)) return true;
    const auto reloaded = processes(folder_);
    refused = earlier && reloaded && reloaded->reloads > earlier->reloads && reloaded->reload_failed;
    return refused;
  });
  if (refused) return fail(ErrorKind::unavailable, "{}", with_alert(folder_, "HAProxy refused to reload"));
  if (!ended) {
    return fail(ErrorKind::unavailable, "HAProxy didn't reload within {}; see {}",
                format_duration(reloads_within), (folder_.dir() / "output.log").string());
  }
  await_replaced_stop_listening();
  return {};
}

// The runtime socket is inherited: until the replaced worker has let go of it, either of them may answer
// there.
void Process::await_replaced_stop_listening() const {
  await(comes_up_within, between, [&] {
    const auto workers = replaced();
    if (!workers) return false;
    for (const CommandLine& worker : *workers) {
      const auto its = info_of(worker);
      if (its && !its->stopping) return false;
    }
    return true;
  });
}

Result<std::vector<CommandLine>> Process::replaced() const {
  // While a reload renews the master, for some ten milliseconds, it drops questions or doesn't listen.
  Result<Processes> all = Processes{};
  bool gone = false;
  await(answers_again_within, between, [&] {
    all = processes(folder_);
    if (all) return true;
    const auto current_one = info();
    gone = !current_one && current_one.error().kind == ErrorKind::not_found;
    return gone;
  });
  std::vector<CommandLine> workers;
  if (gone) return workers;
  if (!all) return std::unexpected(std::move(all.error()));
  for (const int pid : all->old_workers) workers.emplace_back(folder_.master_socket(), pid);
  return workers;
}

Result<Held> held(const CommandLine& worker, const core::Target& target) {
  Held held;
  for (const auto& [file, value] : map_values(target, Route{})) {
    TRY(const std::string text, worker.ask("show map " + file));
    if (unknown(text)) continue;
    TRY(const auto entries, parse_map(text));
    const auto entry = entries.find(map_key(target));
    if (entry != entries.end()) held.values[file] = entry->second;
  }
  for (const core::Pool pool : {core::Pool::a, core::Pool::b}) {
    TRY(const std::string text, worker.ask("show servers state " + backend_name(target, pool)));
    if (unknown(text)) continue;
    TRY((pool == core::Pool::a ? held.a : held.b), parse_servers_state(text));
  }
  return held;
}

Result<int> in_flight(const CommandLine& worker, const core::Target& target, core::Pool pool) {
  TRY(const auto row, pool_row(worker, target, pool));
  return row ? static_cast<int>(row->in_flight + row->queued) : 0;
}

Result<Counters> counters(const CommandLine& worker, const core::Target& target) {
  // 6 asks for backends and servers.
  const auto of = [&](core::Pool pool) { return "show stat " + backend_name(target, pool) + " 6 -1"; };
  TRY(const std::string text,
      worker.ask(std::vector<std::string>{"show info", of(core::Pool::a), of(core::Pool::b)}));
  constexpr std::string_view head = "# pxname,";
  std::size_t at = text.find(head);
  TRY(const Info info, parse_info(std::string_view(text).substr(0, at)));
  Counters counters{.pid = info.pid, .rows = {}};
  if (unknown(text)) return counters;
  while (at != std::string::npos) {
    const std::size_t next = text.find(head, at + 1);
    TRY(const auto rows, parse_stat(std::string_view(text).substr(at, next - at)));
    counters.rows.insert(counters.rows.end(), rows.begin(), rows.end());
    at = next;
  }
  return counters;
}

Status converge(const CommandLine& worker, const core::Target& target, const Route& wanted) {
  TRY(const Held before, held(worker, target));
  const std::vector<std::string> commands = changes(before, target, wanted);
  if (commands.empty() && !difference(before, target, wanted)) return {};
  TRY(std::string said, worker.tell(commands));
  TRY(const Held after, held(worker, target));
  const auto differs = difference(after, target, wanted);
  if (!differs) return {};
  while (said.ends_with('\n')) said.pop_back();
  return fail(ErrorKind::unavailable, "HAProxy didn't take the change: {}; it said \"{}\"", *differs, said);
}

}  // namespace slipway::drivers::haproxy

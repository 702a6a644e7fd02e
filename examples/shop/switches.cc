#include "switches.h"

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

namespace shop {
namespace {

template <class T>
T number(const std::string& text, T least, T most) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most)
    throw BadSwitch("takes a number from " + std::to_string(least) + " to " + std::to_string(most));
  return value;
}

bool yes_or_no(const std::string& text) {
  if (text == "true" || text == "1" || text == "yes") return true;
  if (text == "false" || text == "0" || text == "no" || text.empty()) return false;
  throw BadSwitch("takes true or false");
}

struct Switch {
  std::string flag;      // without the dashes; with _ for - it is the key in shop.json
  std::string variable;  // in the environment
  std::function<void(Switches&, const std::string&)> set;
  bool bare;  // as a flag it takes no value
};

constexpr long long day_ms = 86'400'000;

const std::vector<Switch>& all() {
  using S = Switches;
  using Text = const std::string&;
  static const std::vector<Switch> switches{
      {"version", "SLIPWAY_VERSION", [](S& s, Text t) { s.version = t; }, false},
      {"host", "SHOP_HOST", [](S& s, Text t) { s.host = t; }, false},
      {"port", "PORT", [](S& s, Text t) { s.port = number(t, 0, 65535); }, false},
      {"threads", "SHOP_THREADS", [](S& s, Text t) { s.threads = number(t, 1, 64); }, false},
      {"error-rate", "SHOP_ERROR_RATE", [](S& s, Text t) { s.error_rate = number(t, 0.0, 1.0); }, false},
      {"latency-ms", "SHOP_LATENCY_MS",
       [](S& s, Text t) { s.latency = std::chrono::milliseconds(number(t, 0LL, day_ms)); }, false},
      {"slow-rate", "SHOP_SLOW_RATE", [](S& s, Text t) { s.slow_rate = number(t, 0.0, 1.0); }, false},
      {"slow-start-ms", "SHOP_SLOW_START_MS",
       [](S& s, Text t) { s.slow_start = std::chrono::milliseconds(number(t, 0LL, day_ms)); }, false},
      {"crash-after", "SHOP_CRASH_AFTER",
       [](S& s, Text t) { s.crash_after = std::chrono::seconds(number(t, 0LL, day_ms)); }, false},
      {"ignore-sigterm", "SHOP_IGNORE_SIGTERM", [](S& s, Text t) { s.ignore_sigterm = yes_or_no(t); }, true},
      {"db-down", "SHOP_DB_DOWN", [](S& s, Text t) { s.db_down = yes_or_no(t); }, true},
      {"cache-down", "SHOP_CACHE_DOWN", [](S& s, Text t) { s.cache_down = yes_or_no(t); }, true},
      {"unhealthy", "SHOP_UNHEALTHY", [](S& s, Text t) { s.unhealthy = yes_or_no(t); }, true}};
  return switches;
}

const Switch* find(std::string flag) {
  for (char& c : flag)
    if (c == '_') c = '-';
  for (const Switch& known : all())
    if (known.flag == flag) return &known;
  return nullptr;
}

void apply(Switches& switches, const Switch& known, const std::string& from, const std::string& text) {
  try {
    known.set(switches, text);
  } catch (const BadSwitch& e) {
    throw BadSwitch(from + ": \"" + text + "\": " + e.what());
  }
}

void apply_file(Switches& switches) {
  std::ifstream file("shop.json");
  if (!file) return;
  const auto json = nlohmann::json::parse(file, nullptr, false);
  if (!json.is_object()) throw BadSwitch("shop.json: not a JSON object");
  for (const auto& [key, value] : json.items()) {
    const Switch* known = find(key);
    if (known == nullptr) throw BadSwitch("shop.json: no switch is called \"" + key + "\"");
    apply(switches, *known, "shop.json: " + key, value.is_string() ? value.get<std::string>() : value.dump());
  }
}

}  // namespace

Switches read_switches(int argc, char** argv) {
  Switches switches;
  apply_file(switches);
  for (const Switch& known : all())
    if (const char* value = std::getenv(known.variable.c_str()))
      apply(switches, known, known.variable, value);
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto equals = word.find('=');
    const Switch* known = word.starts_with("--") ? find(word.substr(2, equals - 2)) : nullptr;
    if (known == nullptr) throw BadSwitch("no switch is called " + word);
    if (equals != std::string::npos)
      apply(switches, *known, word.substr(0, equals), word.substr(equals + 1));
    else if (known->bare)
      apply(switches, *known, word, "true");
    else if (i + 1 < argc)
      apply(switches, *known, word, argv[++i]);
    else
      throw BadSwitch(word + ": needs a value");
  }
  return switches;
}

}  // namespace shop

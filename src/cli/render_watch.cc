// A target as it goes on: the view that is drawn again and again, and what of it is worth a line.
#include <algorithm>
#include <vector>

#include "cli/render.h"
#include "cli/render_parts.h"
#include "cli/words.h"

namespace slipway::cli {
namespace {

constexpr std::size_t notes_shown = 5;

std::string newest_notes(View record, const Page& page) {
  std::vector<std::string> lines;
  for (const Json& note : record["notes"]) lines.push_back("  " + render_note(View(note)));
  std::string text;
  for (std::size_t i = 0; i < std::min(notes_shown, lines.size()); ++i) text += lines[lines.size() - 1 - i];
  // As the text stands beside the time.
  return text.empty() ? "" : "\n" + folded_lines(text, page.columns, std::string(12, ' '));
}

void erase(Json& json, std::initializer_list<const char*> keys) {
  if (!json.is_object()) return;
  for (const char* key : keys) json.erase(key);
}

Json* member(Json& json, const char* key) {
  const auto found = json.is_object() ? json.find(key) : json.end();
  return json.is_object() && found != json.end() ? &*found : nullptr;
}

}  // namespace

std::string render_watch(View target, View record, Time now, const Paint& paint, std::size_t columns) {
  const Page page{columns, LongLines::folded};
  return render_target(target, now, paint, page) + newest_notes(record, page);
}

Json essence(View target) {
  Json json = target.json();
  erase(json, {"users", "telemetry"});
  if (Json* weight = member(json, "weight")) erase(*weight, {"actual", "lease_ms"});
  if (Json* deployment = member(json, "deployment")) {
    erase(*deployment, {"waits_for", "ends"});
    if (Json* verdict = member(*deployment, "verdict")) erase(*verdict, {"reason", "evidence"});
  }
  for (const char* role : {"stable", "canary", "previous"}) {
    Json* fleet = member(json, role);
    Json* instances = fleet != nullptr ? member(*fleet, "instances") : nullptr;
    if (instances != nullptr && instances->is_array())
      for (Json& instance : *instances) erase(instance, {"memory"});
  }
  return json;
}

ChangeLine change_line(View target, Time now) {
  const Paint plain(Paint::Mode::plain);
  const View deployment = target["deployment"];
  ChangeLine line;
  line.key = place(target["target"]) + "   " + sentence(target, now, plain);
  if (target["suspended"]) line.key += "   SUSPENDED";
  if (target["proxy"]["state"].text() == "down") line.key += "   PROXY DOWN";
  for (const char* role : {"canary", "previous"}) {
    const View fleet = target[role];
    const auto all = static_cast<std::int64_t>(fleet["instances"].size());
    if (fleet && healthy(fleet) < all)
      line.key += fmt::format("   {}: {} of {} healthy", role, healthy(fleet), all);
  }
  if (const View stuck = deployment["stuck"]) line.key += ": " + stuck["reason"].text();
  if (const View verdict = deployment["verdict"]) {
    line.key += "   " + verdict["kind"].text();
    line.figures = verdict["reason"].text();
  }
  return line;
}

}  // namespace slipway::cli

#include "cli/render_environments.h"

#include <algorithm>

#include "cli/render_parts.h"
#include "cli/words.h"

namespace slipway::cli {
namespace {

// So long it is said how long ago, afterwards when.
constexpr Duration recent = std::chrono::hours(36);

std::string version_text(const Place& place) {
  const View stable = place.stable();
  if (stable) return stable["version"].text();
  return View(place.target)["last"]["outcome"].text() == "failed" ? "nothing serves" : "nothing yet";
}

std::string revision_text(View stable) {
  return stable ? std::to_string(stable["revision"].number()) : "";
}

// Whether it may be deployed to. Of what the file doesn't name only the freezes are known.
std::string open_text(const Place& place, Time now) {
  if (!place.hours) {
    for (const Json& json : View(place.target)["freezes"]) {
      const View freeze(json);
      const auto from = freeze["from"].time(), to = freeze["to"].time();
      if (from && to && *from <= now && now < *to) return "frozen until " + date_and_clock(*to) + " UTC";
    }
    return "not known";
  }
  const Opening opening = opening_of(*place.hours, now);
  return opening_in_short(opening, *place.hours, now);
}

std::string offer_text(View target) {
  const View offer = target["offer"];
  return offer ? fmt::format("{} from {}", offer["release"]["version"].text(), offer["from"].text()) : "";
}

std::string under_way_painted(const Place& place, const Paint& paint) {
  const View target(place.target);
  std::string text = under_way_text(target);
  if (target["deployment"]["stuck"]) return paint.red(text);
  return text;
}

// The last columns had no room: what they say stands below each row.
std::string with_lines_below(const std::vector<std::vector<std::string>>& rows, std::size_t narrow,
                             const Page& page) {
  std::vector<std::vector<std::string>> short_rows = rows;
  for (auto& row : short_rows) row.resize(narrow);
  const std::vector<std::string> lines = lines_of(table(short_rows));
  std::string text = wrapped(lines.front(), page.columns, "    ") + "\n";
  for (std::size_t i = 1; i < rows.size(); ++i) {
    text += wrapped(lines[i], page.columns, "    ") + "\n";
    for (std::size_t column = narrow; column < rows[i].size(); ++column)
      if (!rows[i][column].empty())
        text += wrapped("    " + padded(rows[0][column], 11) + rows[i][column], page.columns,
                        std::string(15, ' ')) +
                "\n";
  }
  return text;
}

Json opening_json(const Place& place, Time now) {
  if (!place.hours) return nullptr;
  const Opening opening = opening_of(*place.hours, now);
  return {{"open", opening.open},
          {"until", opening.always ? std::nullopt : opening.until},
          {"next", opening.open ? std::nullopt : opening.next},
          {"why", opening.why},
          {"zone", place.hours->zone.name()}};
}

}  // namespace

std::string since_text(std::optional<Time> since, Time now) {
  if (!since) return "";
  if (now - *since >= recent) return date_and_clock(*since).substr(0, 16);
  const Duration age = std::chrono::floor<std::chrono::seconds>(now - *since);
  return format_duration(std::max<Duration>(age, std::chrono::seconds(1))) + " ago";
}

std::string under_way_text(View target) {
  const View deployment = target["deployment"];
  if (!deployment) {
    const View queued = target["queued"];
    return queued ? fmt::format("{} queued", queued["release"]["version"].text()) : "";
  }
  const std::string version = deployment["release"]["version"].text();
  if (deployment["stuck"]) return fmt::format("{} STUCK: {}", version, deployment["stuck"]["reason"].text());
  if (deployment["undoing"].yes()) return fmt::format("{} is taken back", version);
  std::string text = fmt::format("{}: {}", version, deployment["stage"]["text"].text());
  if (!deployment["gates"] && !deployment["promoted"])
    text = fmt::format("{} at {} %: {}", version, target["weight"]["set"].number(),
                       deployment["stage"]["text"].text());
  return deployment["paused"] ? text + ", paused" : text;
}

std::string render_environments(const Places& places, Time now, const Paint& paint, const Page& page) {
  std::vector<std::vector<std::string>> rows{
      {"environment", "version", "revision", "artifact", "since (UTC)", "open", "under way", "offered"}};
  constexpr std::size_t narrow = 5;
  bool unnamed = false;
  for (const Place& place : places.all) {
    const View target(place.target), stable = place.stable();
    const std::string version = version_text(place);
    rows.push_back({paint.bold(place.name) + (place.hours ? "" : " *"),
                    stable ? version : paint.yellow(version), revision_text(stable), short_digest(stable),
                    since_text(target["since"].time(), now), open_text(place, now),
                    under_way_painted(place, paint), offer_text(target)});
    unnamed = unnamed || !place.hours;
  }
  for (const std::size_t column : {rows[0].size() - 1, rows[0].size() - 2})
    if (std::ranges::all_of(rows.begin() + 1, rows.end(),
                            [&](const auto& row) { return row[column].empty(); }))
      for (auto& row : rows) row.erase(row.begin() + static_cast<std::ptrdiff_t>(column));
  std::string text = table(rows);
  const std::vector<std::string> lines = lines_of(text);
  const bool folds = page.long_lines == LongLines::folded;
  if (folds && !std::ranges::all_of(lines, [&](const auto& line) { return width(line) <= page.columns; }))
    text = with_lines_below(rows, narrow, page);
  const auto add = [&](const std::string& line) {
    text += (folds ? wrapped(line, page.columns, "  ") : line) + "\n";
  };
  if (unnamed) add(fmt::format("* {} doesn't name it", places.file.empty() ? "slipway.yaml" : places.file));
  const std::vector<std::string> sentences = differences(places, now);
  if (!sentences.empty()) text += "\n";
  for (const std::string& each : sentences) add(each);
  return text;
}

Json environments_json(const Places& places, Time now) {
  Json list = Json::array();
  for (const Place& place : places.all) {
    const View target(place.target);
    Json changes = nullptr;
    if (place.changes) changes = *place.changes;
    list.push_back({{"environment", place.name},
                    {"in_file", place.hours.has_value()},
                    {"after", place.after},
                    {"stable", nullptr},
                    {"since", target["since"].json()},
                    {"under_way", under_way_text(target)},
                    {"offer", target["offer"].json()},
                    {"calendar", opening_json(place, now)},
                    {"changes", std::move(changes)}});
    if (const View stable = place.stable())
      list.back()["stable"] = {{"revision", stable["revision"].json()},
                               {"version", stable["version"].json()},
                               {"digest", stable["digest"].json()}};
  }
  return {{"service", places.service},
          {"now", now},
          {"environments", std::move(list)},
          {"differences", differences(places, now)}};
}

}  // namespace slipway::cli

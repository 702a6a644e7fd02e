#pragma once

#include <string>
#include <vector>

#include "cli/render.h"
#include "judge/evidence.h"

// What the view of a target is made of: lines, each with its end; empty where there is nothing to say.
namespace slipway::cli {

inline constexpr std::size_t label_width = 15;

std::string labelled(std::string_view label, const std::string& text);

// Labelled lines as the page takes them: the text stays in its column.
std::string fitted(const std::string& lines, const Page& page);

// What is going on, in a few words: the sentence that stands before everything.
std::string sentence(View target, Time now, const Paint& paint);

std::string progress_lines(View target, Time now, const Paint& paint, std::size_t columns);
// What a verdict stands on, below its line: five lines at most.
std::string evidence_lines(View evidence);
// A table with a row for each metric of which both releases were seen.
std::string metrics_table(const judge::Evidence& evidence);
// Why the judge ended a deployment, and the table; empty where it wasn't the judge.
std::string ended_by_evidence(View record);
std::string traffic_lines(View target, const Paint& paint);
std::string users_table(View target, const Paint& paint, std::size_t columns);
std::string instances_tree(View target, Time now, const Paint& paint, const Page& page);

// "commit 4f2a9c1d2e on main"; empty where it isn't known.
std::string made_from(View commit, View branch);
// A line a commit: the first ones, and how many more.
std::vector<std::string> commit_lines(View changes);
// Of a deployment that has passed its gates, or ended at them: a sentence, and a table.
std::string checks_table(View checks, const Paint& paint);
std::string approvals_table(View approvals);

std::int64_t healthy(View fleet);

}  // namespace slipway::cli

// Who did what, and whether that was tampered with.
#include <algorithm>

#include "cli/commands.h"
#include "cli/words.h"
#include "journal/audit_check.h"

namespace slipway::cli {
namespace {

// "deploy 1.4.2, revision 7" and, below it, why and what came of it.
std::string render_audit(View rows, const Paint& paint) {
  if (rows.size() == 0) return "nobody did anything yet that the audit trail holds\n";
  std::string text;
  for (const Json& each : rows) {
    const View row(each);
    std::string head = fmt::format("{}  {}  {}", row["number"].number(),
                                   date_and_clock(row["time"].time().value_or(Time())), row["by"].text());
    if (const std::string from = row["origin"].text(); !from.empty()) head += fmt::format(" ({})", from);
    text += paint.bold(head) + "\n";
    std::string what = row["command"].text();
    if (row["target"]) what += " " + row["target"].text();
    if (const std::string subject = row["subject"].text(); !subject.empty()) what += ": " + subject;
    text += "    " + what + "\n";
    if (const std::string reason = row["reason"].text(); !reason.empty())
      text += "    reason: " + reason + "\n";
    std::string outcome = row["accepted"].yes() ? paint.green("accepted") : paint.red("refused");
    if (const std::string message = row["message"].text(); !message.empty()) outcome += ": " + message;
    text += "    " + outcome + "\n";
  }
  return text;
}

bool is_hash(const std::string& text) {
  return text.size() == journal::first_hash.size() &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

Outcome<void> audit(Desk& desk, const Audit& options) {
  std::string path = fmt::format("/api/v1/audit?limit={}", options.limit);
  if (!options.environment.empty()) path += "&environment=" + escaped(options.environment);
  TRY(const Answer answer, desk.client.get(path));
  if (desk.format == Format::json)
    desk.print(answer.body);
  else
    desk.show(render_audit(View(answer.body)["rows"], desk.paint));
  return {};
}

Outcome<void> audit_verify(Desk& desk, const AuditVerify& options) {
  if (!options.head.empty() && !is_hash(options.head))
    return fail_with(Exit::usage, ErrorKind::invalid_input,
                     "--head must be the {} lowercase hexadecimal digits that slipway audit verify printed",
                     journal::first_hash.size());
  const std::optional<std::string> known = options.head.empty() ? std::nullopt : std::optional(options.head);
  TRY(const journal::AuditReport report, journal::check_audit(desk.data / "journal.db", known));
  const journal::AuditHead& head = report.head;
  if (report.fault) {
    const Json details{{"row", report.fault->row}, {"count", head.count}, {"hash", head.hash}};
    return std::unexpected(Failure(
        Exit::undone,
        Error{ErrorKind::conflict,
              fmt::format(
                  "the audit trail isn't whole: row {}: {}. Rows before it are as they were written. Keep "
                  "a copy of {} and audit.head, compare them with a backup, and find out who could write "
                  "there",
                  report.fault->row, report.fault->what, (desk.data / "journal.db").string())},
        details));
  }
  if (desk.format == Format::json)
    desk.print({{"whole", true}, {"count", head.count}, {"hash", head.hash}});
  else
    desk.out.line(
        fmt::format("the audit trail is whole: {} row{}, head {}\n"
                    "note the hash somewhere else; later: slipway audit verify --head HASH",
                    head.count, head.count == 1 ? "" : "s", head.hash));
  return {};
}

}  // namespace slipway::cli

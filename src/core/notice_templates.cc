#include "core/notice_text.h"

// Each line ends with two spaces where Markdown would else run it into the next. What may be missing holds
// the end of its line too: the library keeps that of a section's last tag.
namespace slipway::core {
namespace {

constexpr std::string_view started_template = R"(# {{title}}
**Environment**: {{environment}}  
**Version**: {{version}}  
**Deployer**: {{by}}  
**Start Time**: {{started}}  
**Expected Duration**: {{expected}}  
**Rollback Plan**: {{#previous}}Available: {{/previous}}{{rollback_plan}}  
{{#reason}}**Reason**: {{reason}}  
{{/reason}})";

constexpr std::string_view completed_template = R"(# {{title}}
**Environment**: {{environment}}  
**Version**: {{version}}  
**Status**: {{status}}  
**Duration**: {{took}}  
{{#url}}**Monitoring**: [{{url}}]({{url}})  
{{/url}}**Changes**: {{^changes}}not known{{/changes}}
{{#changes}}- {{.}}
{{/changes}})";

constexpr std::string_view failed_template = R"(# {{title}}
**Environment**: {{environment}}  
**Version**: {{version}}  
**Status**: {{status}}  
**Error**: {{cause}}  
**Action**: {{action}}  
**Previous Version**: {{#previous}}{{previous}} (serving){{/previous}}{{^previous}}none{{/previous}}  
)";

constexpr std::string_view rolled_back_template = R"(# {{title}}
**Environment**: {{environment}}  
**Version**: {{version}}  
**Status**: {{status}}  
**Error**: {{cause}}  
**Action**: {{action}}  
**Previous Version**: {{#previous}}{{previous}} (restored){{/previous}}{{^previous}}none{{/previous}}  
**Duration**: {{took}}  
)";

constexpr std::string_view approval_needed_template = R"(# {{title}}
**Environment**: {{environment}}  
**Version**: {{version}}  
**Status**: {{status}}  
**Deployer**: {{by}}  
**Needed**: {{cause}}  
**Action**: {{action}}  
**Expected Duration**: {{expected}}  
**Rollback Plan**: {{#previous}}Available: {{/previous}}{{rollback_plan}}  
**Changes**: {{^changes}}not known{{/changes}}
{{#changes}}- {{.}}
{{/changes}})";

// checklist_failed, stuck
constexpr std::string_view in_trouble_template = R"(# {{title}}
**Environment**: {{environment}}  
**Version**: {{version}}  
**Status**: {{status}}  
**Deployer**: {{by}}  
**Error**: {{cause}}  
**Action**: {{action}}  
)";

constexpr std::string_view alert_template = R"(# {{title}}
**Environment**: {{environment}}  
**Version**: {{version}}  
**Status**: {{status}}  
**Alert**: {{cause}}  
**Action**: {{action}}  
{{#url}}**Monitoring**: [{{url}}]({{url}})  
{{/url}})";

constexpr std::string_view override_used_template = R"(# {{title}}
**Environment**: {{environment}}  
**Version**: {{version}}  
**Status**: {{status}}  
**Deployer**: {{by}}  
**Override**: {{cause}}  
**Time**: {{at}}  
)";

}  // namespace

std::string_view default_template(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::started:
      return started_template;
    case NoticeKind::completed:
      return completed_template;
    case NoticeKind::failed:
      return failed_template;
    case NoticeKind::rolled_back:
      return rolled_back_template;
    case NoticeKind::approval_needed:
      return approval_needed_template;
    case NoticeKind::checklist_failed:
    case NoticeKind::stuck:
      return in_trouble_template;
    case NoticeKind::alert:
      return alert_template;
    case NoticeKind::override_:
      return override_used_template;
  }
  return started_template;
}

}  // namespace slipway::core

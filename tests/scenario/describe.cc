#include "scenario/describe.h"

namespace slipway::scenario {

using namespace core;

std::string pool_name(std::optional<Pool> pool) {
  if (!pool) return "none";
  return *pool == Pool::a ? "a" : "b";
}

std::string describe(const Routing& r) {
  std::string text = fmt::format("{} stable={}", r.listen, pool_name(r.stable));
  if (r.previewed) text += fmt::format(" preview={}", pool_name(r.previewed));
  if (!r.preview.empty()) text += fmt::format(" at {}", r.preview);
  if (r.canary) text += fmt::format(" canary={} weight={}", pool_name(r.canary), r.weight);
  for (const Pool pool : {Pool::a, Pool::b})
    if (!r.pool(pool).servers.empty())
      text += fmt::format(" {}:{}", pool_name(pool), r.pool(pool).servers.size());
  for (const Pool pool : {Pool::a, Pool::b})
    for (const Server& server : r.pool(pool).servers)
      if (server.refused) text += " not " + server.instance.text();
  return text;
}

std::string describe(const EffectBody& body) {
  struct Describe {
    std::string operator()(const StartInstance& e) const {
      return fmt::format("start {} of {}", e.instance.text(), e.release.version);
    }
    std::string operator()(const StopInstance& e) const { return "stop " + e.instance.text(); }
    std::string operator()(const ApplyRouting& e) const { return "route " + describe(e.routing); }
    std::string operator()(const AwaitDrained& e) const { return "drain " + pool_name(e.pool); }
    std::string operator()(const RunSmokeTests& e) const {
      return fmt::format("smoke test {} at {}", e.release.version, fmt::join(e.addresses, " "));
    }
    std::string operator()(const RunCheck& e) const {
      return fmt::format("check {} of {}", e.check.name, e.release.version);
    }
    std::string operator()(const Notify& e) const {
      const auto* channel = std::get_if<std::string>(&e.channel.url);
      return fmt::format("tell {} that deployment {} is {}", channel == nullptr ? "a secret" : *channel,
                         e.notice.deployment, name(e.notice.kind));
    }
    std::string operator()(const OfferRelease& e) const {
      return fmt::format("offer {} to {}", e.release.version, e.to.text());
    }
    std::string operator()(const RunAlertCommand& e) const {
      return fmt::format("run {} of alert {}", fmt::join(e.alert.command, " "), e.alert.name);
    }
  };
  return std::visit(Describe{}, body);
}

}  // namespace slipway::scenario

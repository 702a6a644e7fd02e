#include <vector>

#include "e2e/world.h"

// Services whose answers about their health please one asker and not another, or nobody: users are served, or
// the release fails with the reason.
namespace slipway::e2e {
namespace {

struct Manner {
  std::string name;
  std::string reason;  // why it fails; empty: it is well
};

const std::vector<Manner>& manners() {
  static const std::vector<Manner> all{
      {"validates_host", ""},
      {"wants_an_agent", ""},
      {"early_hints", "status 103"},
      {"large_headers", "headers are too large"},
      {"redirects", "status 301, expected 200"},
      {"says_no", R"(status is "sick", expected "healthy")"},
      {"hangs_up", "closed the connection without an answer"},
      {"breaks_off", "the answer is not JSON (at byte 1): it is empty"},
      {"hangs", "no answer within 1 s"},
  };
  return all;
}

// One service for each mood, all of them at once.
class Picky : public World {
 protected:
  Picky() { start_daemon(); }
  static std::string service(const Manner& mood) {
    std::string name = mood.name;
    for (char& c : name)
      if (c == '_') c = '-';
    return name;
  }
  // The mood is of the version: one release's instances may be well while another's aren't.
  std::filesystem::path file_of(const Manner& mood, const std::string& version) const {
    return root() / "moods" / mood.name / version;
  }
  void deploy_all(const std::string& version, bool picky, const std::vector<std::string>& steps = {},
                  const std::string& bake = "1s") {
    const auto folder = root() / "artifacts" / version;
    std::filesystem::create_directories(folder);
    std::filesystem::copy_file(SLIPWAY_PICKY, folder / "shop", std::filesystem::copy_options::skip_existing);
    for (const Manner& mood : manners()) {
      write(file_of(mood, version), picky ? mood.name : "good");
      configure({.service = service(mood),
                 .bake = bake,
                 .grace = "1500ms",
                 .env = {{"MOOD", fmt::format("\"{}/${{SLIPWAY_VERSION}}\"",
                                              (root() / "moods" / mood.name).string())}},
                 .steps = steps});
      const Ran ran = deploy(version, folder, {"--detach"}, service(mood));
      ASSERT_EQ(ran.status, 0) << ran.out << ran.err;
    }
  }
  // What users get; empty: nothing that is a service's.
  std::string answered(const Manner& mood) const {
    const auto answer = test::get(port(service(mood)), "/", Duration(5'000));
    if (!answer || answer->status != 200) return "";
    return parse_json(answer->body).value_or(Json::object()).value("version", "");
  }
  // While they last, each service answers users every time it is asked.
  void all_end(bool users_are_served) {
    for (const Manner& mood : manners()) {
      EXPECT_TRUE(eventually(Duration(30'000), [&] {
        for (const Manner& other : manners())
          EXPECT_TRUE(!users_are_served || !answered(other).empty()) << other.name;
        return !status(service(mood)).contains("deployment") || status(service(mood))["deployment"].is_null();
      })) << mood.name;
    }
  }
  void each_is_served_by_its_new_release_or_says_why_not(const std::string& before, const std::string& now) {
    for (const Manner& mood : manners()) {
      SCOPED_TRACE(mood.name);
      const Json last = status(service(mood))["last"];
      EXPECT_EQ(answered(mood), mood.reason.empty() ? now : before);
      EXPECT_EQ(last["outcome"] == "promoted", mood.reason.empty()) << last.dump(2);
      EXPECT_NE(last["cause"].get<std::string>().find(mood.reason), std::string::npos) << last.dump(2);
    }
  }
};

TEST_F(Picky, FirstReleasesServeUsersOrFail) {
  deploy_all("1.0.0", true);
  all_end(false);
  each_is_served_by_its_new_release_or_says_why_not("", "1.0.0");
}

TEST_F(Picky, NextReleasesServeUsersOrFail) {
  deploy_all("1.0.0", false);
  all_end(false);
  deploy_all("1.1.0", true);
  all_end(true);
  each_is_served_by_its_new_release_or_says_why_not("1.0.0", "1.1.0");
}

TEST_F(Picky, CanariesServeUsersOrFail) {
  deploy_all("1.0.0", false);
  all_end(false);
  deploy_all("1.1.0", true, {"{weight: 50, hold: 100ms}", "{weight: 100}"});
  for (const Manner& mood : manners()) {
    if (!mood.reason.empty()) continue;
    EXPECT_TRUE(eventually(Duration(20'000), [&] {
      return slipway({"promote", service(mood) + "/production"}).status == 0;
    })) << mood.name;
  }
  all_end(true);
  each_is_served_by_its_new_release_or_says_why_not("1.0.0", "1.1.0");
}

TEST_F(Picky, ReleasesOfBeforeGetUsersBackOnlyOnceTheyCanServeThem) {
  deploy_all("1.0.0", false);
  all_end(false);
  deploy_all("1.1.0", false, {}, "10m");
  for (const Manner& mood : manners()) {
    const auto bakes = [&] {
      return answered(mood) == "1.1.0" && status(service(mood))["deployment"]["stage"]["kind"] == "bake";
    };
    EXPECT_TRUE(eventually(Duration(20'000), bakes)) << mood.name;
    write(file_of(mood, "1.0.0"), mood.name);
  }
  const auto unhealthy = [&](const Manner& mood) {
    const Json now = status(service(mood));
    for (const Json& instance : now["previous"]["instances"])
      if (instance["health"] == "healthy") return false;
    return true;
  };
  for (const Manner& mood : manners()) {
    EXPECT_TRUE(mood.reason.empty() || eventually(Duration(20'000), [&] { return unhealthy(mood); }))
        << mood.name;
    const Ran ran = slipway({"rollback", service(mood) + "/production", "--detach"});
    EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  }
  for (const Manner& mood : manners()) {
    const std::string now = mood.reason.empty() ? "1.0.0" : "1.1.0";
    EXPECT_TRUE(eventually(Duration(20'000), [&] { return answered(mood) == now; })) << mood.name;
    EXPECT_EQ(status(service(mood))["deployment"].is_null() ||
                  status(service(mood))["deployment"]["stuck"].is_null(),
              mood.reason.empty())
        << mood.name;
  }
  for (const Manner& mood : manners()) write(file_of(mood, "1.0.0"), "good");
  all_end(true);
  for (const Manner& mood : manners()) EXPECT_EQ(answered(mood), "1.0.0") << mood.name;
}

}  // namespace
}  // namespace slipway::e2e

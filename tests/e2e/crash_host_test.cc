#include <sys/mount.h>

#include <fstream>

#include "e2e/world.h"

namespace slipway::e2e {
namespace {

namespace fs = std::filesystem;

class Host : public World {
 protected:
  void begin(const Shape& shape = {}) {
    configure(shape);
    start_daemon();
    ASSERT_EQ(deploy("1.0.0", artifact("1.0.0")).status, 0);
    ASSERT_TRUE(reaches_end());
  }

  std::string printed(const std::string& instance) const {
    std::ifstream file(data() / "instances/shop/production" / instance / "output.log");
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // Laid over the folder: whatever is opened from now on is read-only; what is open stays as it is.
  bool make_read_only() {
    read_only_ = mount(data().c_str(), data().c_str(), nullptr, MS_BIND, nullptr) == 0 &&
                 mount(nullptr, data().c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr) == 0;
    return read_only_;
  }
  void make_writable() {
    EXPECT_EQ(umount2(data().c_str(), MNT_DETACH), 0);
    read_only_ = false;
  }
  ~Host() override {
    if (read_only_) umount2(data().c_str(), MNT_DETACH);
  }

 private:
  bool read_only_ = false;
};

TEST_F(Host, ThatRebootsGivesUsersStableBeforeTheProxyTakesAnyRequest) {
  begin();
  ASSERT_EQ(deploy("1.1.0", artifact("1.1.0", {{"slow_start_ms", 15'000}}), {"--detach"}).status, 0);
  ASSERT_TRUE(eventually(Duration(10'000), [&] { return stage() == "healthy"; })) << stage();
  const std::string canary_printed = printed("2-1") + printed("2-2");
  if (!reboot()) GTEST_SKIP() << "only root may pretend another boot id";
  start_daemon();
  Result<test::HttpAnswer> first = fail(ErrorKind::unavailable, "none");
  ASSERT_TRUE(eventually(Duration(10'000), [&] {
    first = test::get(port(), "/api/version", Duration(2'000));
    return first.has_value();
  }));
  EXPECT_EQ(first->status, 200) << first->body;
  EXPECT_NE(first->body.find("1.0.0"), std::string::npos) << first->body;
  const auto users = load();
  EXPECT_TRUE(reaches_end());
  EXPECT_EQ(outcome(), "aborted");
  EXPECT_EQ(pids("shop").size(), 2u);
  EXPECT_EQ(printed("2-1") + printed("2-2"), canary_printed) << "the canary was started after the reboot";
  // As before the reboot, from then on.
  EXPECT_EQ(deploy("1.2.0", artifact("1.2.0")).status, 0);
  EXPECT_EQ(stable(), "1.2.0");
  EXPECT_TRUE(instances_are_as_told());
  const LoadReport report = users->stop();
  EXPECT_TRUE(clean(report));
  EXPECT_FALSE(report.versions.contains("1.1.0")) << report.text();
}

TEST_F(Host, WhoseDataTurnsReadOnlyStartsNothingNewAndRecoversByItself) {
  begin();
  const auto users = load();
  const std::vector<pid_t> before = pids("shop");
  if (!make_read_only()) GTEST_SKIP() << "only root may mount";
  const Ran ran = deploy("1.1.0", artifact("1.1.0"), {"--detach"});
  EXPECT_NE(ran.status, 0);
  EXPECT_NE((ran.out + ran.err).find("ead-only"), std::string::npos) << ran.out << ran.err;
  EXPECT_EQ(pids("shop"), before);
  EXPECT_EQ(stable(), "1.0.0");
  make_writable();
  EXPECT_EQ(deploy("1.1.0", artifact("1.1.0")).status, 0);
  EXPECT_EQ(stable(), "1.1.0");
  EXPECT_TRUE(instances_are_as_told());
  EXPECT_TRUE(clean(users->stop()));
}

TEST_F(Host, WhoseDataTurnsReadOnlyInADeploymentFinishesItAfterwards) {
  Shape shape;
  shape.smoke_tests = {R"({name: Slow, run: ["/bin/sleep", "0.5"]})"};
  begin(shape);
  const auto users = load();
  ASSERT_EQ(deploy("1.1.0", artifact("1.1.0"), {"--detach"}).status, 0);
  ASSERT_TRUE(eventually(Duration(10'000), [&] { return stage() == "smoke tests"; })) << stage();
  if (!make_read_only()) GTEST_SKIP() << "only root may mount";
  // The next thing to do is to move users, which must be written first.
  ASSERT_TRUE(eventually(Duration(10'000), [&] { return stage() == "shift"; })) << stage();
  users->since_last();
  EXPECT_TRUE(eventually(Duration(10'000), [&] { return users->so_far().requests > 1'000; }));
  EXPECT_EQ(stable(), "1.0.0");
  make_writable();
  EXPECT_TRUE(reaches_end());
  EXPECT_EQ(outcome(), "promoted") << status().dump(2);
  EXPECT_EQ(stable(), "1.1.0");
  EXPECT_TRUE(instances_are_as_told());
  EXPECT_TRUE(clean(users->stop()));
}

}  // namespace
}  // namespace slipway::e2e

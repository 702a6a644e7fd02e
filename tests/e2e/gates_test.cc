#include "e2e/gates_world.h"
#include "e2e/receiver.h"

// The checklist of a real daemon: what runs beside it, what a failure leaves, and what is known of who set it
// aside.
namespace slipway::e2e {
namespace {

class Gates : public GatesWorld {
 protected:
  // How often a check has left its mark.
  int times(const std::string& mark) const {
    std::ifstream file(marks() / mark);
    return static_cast<int>(std::count(std::istreambuf_iterator<char>(file), {}, '\n'));
  }
  std::string marking(const std::string& mark) const {
    return fmt::format("echo >> {}", (marks() / mark).string());
  }
  // Processes that a check has left: their arguments hold what it called them.
  static int left(const std::string& word) {
    return static_cast<int>(std::ranges::count_if(test::descendants(), [&](const Process& process) {
      return process.line.find(word) != std::string::npos;
    }));
  }
  // The line of a checklist that is being gone through.
  Json line(const std::string& environment, const std::string& check) const {
    const Json now = view(environment);
    if (now.is_null() || now["deployment"].is_null()) return nullptr;
    for (const Json& each : now["deployment"]["gates"]["checks"])
      if (each["check"] == check) return each;
    return nullptr;
  }
};

TEST_F(Gates, ACheckThatForksFloodsAndIgnoresSigtermIsEndedWithAllThatItStarted) {
  configure({.checks = {check("Audit",
                              "trap '' TERM; (trap '' TERM; exec sleep 98761) & "
                              "setsid sh -c 'trap \"\" TERM; exec sleep 98761' & "
                              "(trap '' TERM; yes flood-98761) & while :; do echo 98761; done",
                              "timeout: 1s"),
                        check("Quick", "echo fine")}});
  start_daemon_for_everybody();
  ASSERT_TRUE(done(deploy_to("production", "1.0.0")));
  EXPECT_TRUE(eventually(Duration(10'000), [&] { return left("sleep 98761") >= 2; }));
  EXPECT_TRUE(eventually(Duration(10'000), [&] {
    const Json quick = line("production", "Quick");
    return quick.is_object() && !quick["evidence"].is_null() &&
           line("production", "Audit")["evidence"].is_null();
  })) << view("production").dump(2);
  EXPECT_TRUE(ends("production"));
  EXPECT_EQ(outcome_at("production"), "aborted");
  EXPECT_EQ(cause_at("production"), "the checklist isn't met: Audit: took longer than 1 s, and was ended");
  EXPECT_TRUE(eventually(Duration(5'000), [&] { return left("98761") == 0; }));
  EXPECT_TRUE(pids("shop").empty());
  const Json checks = view("production", "/deployments/1")["checks"];
  ASSERT_EQ(checks.size(), 2U);
  EXPECT_LE(checks[0]["tail"].get<std::string>().size(), 4096U);
}

TEST_F(Gates, ACheckThatHangsDelaysNothingElseAndIsLookedAtAnewByTheNextDaemon) {
  configure({.places = {{"staging"}, {"production"}},
             .checks = {check("Audit", "[ $SLIPWAY_ENVIRONMENT = staging ] || { " + marking("audit") +
                                           "; exec sleep 98762; }")}});
  start_daemon_for_everybody();
  ASSERT_TRUE(done(deploy_to("production", "1.0.0")));
  ASSERT_TRUE(eventually(Duration(10'000), [&] { return left("sleep 98762") == 1; }));
  EXPECT_TRUE(done(deploy_to("staging", "1.0.0", {"--wait"})));
  EXPECT_EQ(stable_at("staging"), "1.0.0");
  EXPECT_EQ(stage_of("production"), "checklist");
  EXPECT_EQ(times("audit"), 1);
  EXPECT_NE(slipway({"docs", "-f", "shop.yaml"}).out.find("Checks That Were Set Aside\n\nNone.\n"),
            std::string::npos);

  kill_daemon();
  EXPECT_TRUE(eventually(Duration(5'000), [&] { return left("sleep 98762") == 0; }))
      << "a check outlives the daemon that looks at it";
  start_daemon_for_everybody();
  EXPECT_TRUE(eventually(Duration(10'000), [&] { return times("audit") == 2; }));
  EXPECT_TRUE(done(slipway({"override", "production", "Audit", "--reason", "the registry is down"})));
  EXPECT_TRUE(ends("production"));
  EXPECT_EQ(stable_at("production"), "1.0.0");
}

TEST_F(Gates, AFailingCheckEndsTheDeploymentBeforeAnythingIsTouched) {
  Receiver receiver(Receiver::Mood::takes);
  const std::string audit =
      check("Audit", "[ $SLIPWAY_VERSION = 1.0.0 ] || { echo 3 high severity vulnerabilities; exit 1; }");
  configure({.checks = {audit}, .notifications = {fmt::format("{{webhook: \"{}\"}}", receiver.url())}});
  start_daemon_for_everybody();
  bring("1.0.0", {"production"});
  const std::vector<pid_t> before = pids("shop");
  const auto users = users_of("production");
  Ran ran = deploy_to("production", "1.1.0", {"--wait"});
  EXPECT_EQ(ran.status, 4) << ran.out << ran.err;
  EXPECT_NE((ran.out + ran.err).find("Audit: exited with status 1"), std::string::npos) << ran.out << ran.err;
  EXPECT_EQ(pids("shop"), before);
  EXPECT_EQ(outcome_at("production"), "aborted");
  const Json record = view("production", "/deployments/2");
  EXPECT_EQ(record["checks"][0]["tail"], "3 high severity vulnerabilities\n");
  EXPECT_FALSE(record["checks"][0]["overridden"]);
  for (const Json& note : record["notes"])
    EXPECT_EQ(note["text"].get<std::string>().find("instance"), std::string::npos) << note.dump();
  EXPECT_TRUE(eventually(
      Duration(5'000), [&] { return receiver.told_of(2) == std::vector<std::string>{"checklist_failed"}; }));
  const LoadReport met = users->stop();
  EXPECT_TRUE(clean(met));
  EXPECT_FALSE(met.versions.contains("1.1.0"));

  // Set aside with a word, it goes through, and everybody can see that.
  ran = deploy_to("production", "1.1.0", {"--override", "Audit", "--wait"});
  EXPECT_NE(ran.status, 0) << "without a reason";
  const std::string reason = "false positive, see SEC-12";
  EXPECT_TRUE(done(deploy_to("production", "1.1.0", {"--override", "Audit", "--reason", reason, "--wait"})));
  EXPECT_EQ(stable_at("production"), "1.1.0");
  ASSERT_TRUE(ends("production"));
  const int number = view("production")["last"]["number"];
  const Json checks = view("production", fmt::format("/deployments/{}", number))["checks"];
  ASSERT_EQ(checks.size(), 1U);
  EXPECT_TRUE(checks[0]["overridden"]);
  EXPECT_EQ(checks[0]["by"], "root");
  EXPECT_EQ(checks[0]["summary"], reason);
  EXPECT_NE(timeline("production", number).find("Audit is set aside by root: " + reason), std::string::npos)
      << timeline("production", number);
  EXPECT_TRUE(std::ranges::any_of(audit_rows(), [&](const Json& row) {
    return row["command"] == "deploy" && row["deployment"] == number &&
           row["subject"].get<std::string>().find("sets the check Audit aside (" + reason + ")") !=
               std::string::npos;
  })) << audit_rows().dump(2);
  EXPECT_NE(slipway({"audit"}).out.find("sets the check Audit aside (" + reason + ")"), std::string::npos);
  const Ran docs = slipway({"docs", "-f", "shop.yaml"});
  EXPECT_NE(docs.out.find(" | production | 1.1.0 | Audit | root | " + reason + " |"), std::string::npos)
      << docs.out;
  EXPECT_TRUE(eventually(Duration(5'000), [&] {
    return receiver.told_of(number) == std::vector<std::string>{"override", "started", "completed"};
  }));
  for (const Json& letter : receiver.letters())
    if (letter["event"] == "override") {
      EXPECT_EQ(letter["cause"], "Audit was set aside by root: " + reason);
    }
}

TEST_F(Gates, EvidenceOfOneArtifactSaysNothingOfAnother) {
  configure({.checks = {check("Audit", marking("audit"), "fresh_for: 1h"), "{name: Docs, attest: true}"}});
  start_daemon_for_everybody();
  const auto awaits_docs = [&](int audits) {
    return eventually(Duration(10'000), [&] {
      const Json audit = line("production", "Audit");
      return audit.is_object() && !audit["evidence"].is_null() && times("audit") == audits &&
             line("production", "Docs")["evidence"].is_null();
    });
  };
  ASSERT_TRUE(done(deploy_to("production", "1.0.0")));
  EXPECT_TRUE(awaits_docs(1));
  EXPECT_TRUE(pids("shop").empty());
  EXPECT_TRUE(done(slipway({"attest", "production", "Docs", "--note", "the page on carts"})));
  ASSERT_TRUE(ends("production"));
  EXPECT_EQ(stable_at("production"), "1.0.0");

  ASSERT_TRUE(done(deploy_to("production", "1.1.0")));
  EXPECT_TRUE(awaits_docs(2)) << "the audit of another artifact was taken";
  EXPECT_TRUE(done(slipway({"abort", "production"})));
  // Of the same artifact it is good.
  ASSERT_TRUE(done(deploy_to("production", "1.1.0")));
  EXPECT_TRUE(awaits_docs(2));
  EXPECT_TRUE(done(slipway({"attest", "production", "Docs"})));
  ASSERT_TRUE(ends("production"));
  EXPECT_EQ(stable_at("production"), "1.1.0");
  EXPECT_EQ(times("audit"), 2);
}

TEST_F(Gates, AnEnvironmentTakesOnlyWhatHasSucceededBeforeItAndOffersItOn) {
  configure({.places = {{"staging"},
                        {"production", {"after: [staging]", "then: [dr]"}},
                        {"dr", {"after: [production]"}}}});
  start_daemon_for_everybody();
  Ran ran = deploy_to("production", "1.0.0");
  EXPECT_TRUE(refused(ran, "slipway deploy staging --version 1.0.0"));
  EXPECT_TRUE(pids("shop").empty());
  EXPECT_TRUE(pids("haproxy").empty());

  bring("1.0.0", {"staging"});
  EXPECT_TRUE(done(slipway({"deploy", "production", "--from", "staging", "-f", "shop.yaml", "--wait"})));
  ASSERT_TRUE(ends("production"));
  EXPECT_EQ(digest("production"), digest("staging"));
  // Another artifact hasn't succeeded anywhere.
  EXPECT_TRUE(refused(deploy_to("production", "1.1.0"), "slipway deploy staging --version 1.1.0"));

  EXPECT_TRUE(eventually(Duration(5'000), [&] {
    const Json dr = view("dr");
    return dr.is_object() && dr["offer"].is_object() &&
           dr["offer"]["release"]["digest"] == digest("production");
  })) << view("dr").dump(2);
  EXPECT_NE(slipway({"status", "dr"}).out.find("1.0.0"), std::string::npos);
  EXPECT_TRUE(done(slipway({"deploy", "dr", "--from", "production", "-f", "shop.yaml", "--wait"})));
  ASSERT_TRUE(ends("dr"));
  EXPECT_EQ(digest("dr"), digest("production"));
  EXPECT_TRUE(view("dr")["offer"].is_null());
}

TEST_F(Gates, WhatIsTakenBackBeforeItBeginsElsewhereDoesntBeginAndIsntOffered) {
  configure({.places = {{"staging"}, {"production", {"after: [staging]", "then: [dr]"}}, {"dr"}}});
  start_daemon_for_everybody();
  for (const char* version : {"1.0.0", "1.1.0"})
    for (const char* environment : {"staging", "production"}) bring(version, {environment});
  const auto offered = [&] {
    const Json dr = view("dr");
    return dr.is_object() && dr["offer"].is_object() ? dr["offer"]["release"]["version"].get<std::string>()
                                                     : "";
  };
  EXPECT_TRUE(eventually(Duration(5'000), [&] { return offered() == "1.1.0"; })) << view("dr").dump(2);
  EXPECT_TRUE(done(slipway({"rollback", "production", "--reason", "it leaks", "--wait"})));
  EXPECT_TRUE(eventually(Duration(5'000), [&] { return offered().empty(); })) << view("dr").dump(2);

  EXPECT_TRUE(done(slipway({"freeze", "production", "--for", "1h", "--reason", "the fair"})));
  ASSERT_TRUE(ends("production"));
  ASSERT_TRUE(done(deploy_to("production", "1.1.0", {"--at", "next-window", "--detach"})));
  ASSERT_TRUE(eventually(Duration(5'000), [&] { return stage_of("production") == "window"; }));
  EXPECT_TRUE(done(slipway({"rollback", "staging", "--reason", "here too", "--wait"})));
  ASSERT_TRUE(ends("production"));
  EXPECT_EQ(outcome_at("production"), "aborted");
  EXPECT_NE(cause_at("production").find("did not stay there (deployment 3: back to 1.0.0 by root: here too)"),
            std::string::npos)
      << cause_at("production");
}

}  // namespace
}  // namespace slipway::e2e

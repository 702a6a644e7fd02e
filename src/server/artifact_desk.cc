#include "server/artifact_desk.h"

#include <sys/stat.h>

#include "base/log.h"

namespace slipway::server {
namespace {

constexpr Duration kept_after_use = std::chrono::hours(1);

// Those that came in the last hour, also before a restart of the daemon: a folder's ctime is when it got its
// name.
std::set<std::string> young(const std::filesystem::path& dir) {
  std::set<std::string> names;
  std::error_code error;
  const auto now = std::chrono::system_clock::now();
  for (std::filesystem::directory_iterator entry(dir, error), end; !error && entry != end;
       entry.increment(error)) {
    struct stat status{};
    if (::lstat(entry->path().c_str(), &status) != 0) continue;
    if (now - std::chrono::system_clock::from_time_t(status.st_ctim.tv_sec) < kept_after_use)
      names.insert(entry->path().filename());
  }
  return names;
}

}  // namespace

ArtifactDesk::ArtifactDesk(Loop& loop, drivers::Workers& workers, drivers::ArtifactStore& store,
                           runner::Clock& clock, Needed needed)
    : loop_(loop), workers_(workers), store_(store), clock_(clock), needed_(std::move(needed)) {}

void ArtifactDesk::after_collection(std::function<void()> job) {
  if (collecting_)
    waiting_.push_back(std::move(job));
  else
    job();
}

void ArtifactDesk::add(const std::filesystem::path& archive, Added added) {
  after_collection([this, archive, added = std::move(added)] { start_adding(archive, added); });
}

void ArtifactDesk::start_adding(const std::filesystem::path& archive, Added added) {
  ++adding_;
  workers_.run([this, archive, added = std::move(added)] {
    auto digest = store_.add_archive(archive);
    loop_.post([this, added, digest = std::move(digest)] {
      --adding_;
      if (digest) used(*digest);
      added(digest);
      if (collect_again_) collect();
    });
  });
}

void ArtifactDesk::claim(const std::string& digest, Claimed claimed) {
  after_collection([this, digest, claimed = std::move(claimed)] {
    const bool there = store_.has(digest);
    if (there) used(digest);
    claimed(there);
  });
}

void ArtifactDesk::used(const std::string& digest) {
  used_[digest] = clock_.now();
}

void ArtifactDesk::collect() {
  collect_again_ = adding_ > 0 || collecting_;
  if (collect_again_) return;
  std::set<std::string> needed = needed_();
  const Time long_ago = clock_.now() - kept_after_use;
  std::erase_if(used_, [&](const auto& entry) { return entry.second < long_ago; });
  for (const auto& [digest, when] : used_) needed.insert(digest);
  collecting_ = true;
  workers_.run([this, needed = std::move(needed)]() mutable {
    needed.merge(young(store_.incoming().parent_path()));
    auto removed = store_.collect(needed);
    loop_.post([this, removed = std::move(removed)] { collected(removed); });
  });
}

void ArtifactDesk::collected(Result<int> removed) {
  collecting_ = false;
  if (!removed) log_warning("unneeded artifacts can't be removed: {}", removed.error().message);
  if (removed && *removed > 0) log_info("{} unneeded artifacts removed", *removed);
  for (const auto& job : std::exchange(waiting_, {})) job();
  if (collect_again_) collect();
}

}  // namespace slipway::server

#include "journal/sqlite_impl.h"

namespace slipway::journal {
namespace {

StoredRelease stored(const std::string& service, const Query& row) {
  return {.service = service,
          .release = {static_cast<int>(row.number(0)), row.text(1), row.text(2)},
          .config = row.text(3),
          .by = row.text(4),
          .created = to_time(row.number(5))};
}

int newest_revision(SqliteFile& file, const std::string& service) {
  Query query = file.query("SELECT max(revision) FROM release WHERE service = ?");
  return query.with(service).next() ? static_cast<int>(query.number(0)) : 0;
}

// The release that is this one already, if any.
Result<std::optional<StoredRelease>> find_same(SqliteFile& file, const StoredRelease& wanted) {
  std::optional<StoredRelease> same;
  Query query = file.query(
      "SELECT revision, version, digest, config, by, created FROM release WHERE service = ? AND version = ? "
      "ORDER BY revision DESC");
  query.with(wanted.service, wanted.release.version);
  while (query.next()) {
    StoredRelease found = stored(wanted.service, query);
    if (found.release.digest != wanted.release.digest) {
      return fail(ErrorKind::conflict,
                  "version {} of {} is revision {} already, with another artifact (its digest begins with "
                  "{}, this one's "
                  "with {}): give what changed a version of its own",
                  found.release.version, wanted.service, found.release.revision,
                  found.release.digest.substr(0, 12), wanted.release.digest.substr(0, 12));
    }
    if (!same && found.config == wanted.config) same = std::move(found);
  }
  return same;
}

}  // namespace

Result<StoredRelease> SqliteJournal::add_release(const std::string& service, const std::string& version,
                                                 const std::string& digest, const std::string& config,
                                                 const std::string& by, Time now) {
  SqliteFile& file = *impl_->file;
  StoredRelease wanted{
      .service = service, .release = {0, version, digest}, .config = config, .by = by, .created = now};
  return file.write([&]() -> Result<StoredRelease> {
    TRY(auto same, find_same(file, wanted));
    if (same) return *std::move(same);
    wanted.release.revision = newest_revision(file, service) + 1;
    file.query(
            "INSERT INTO release(service, revision, version, digest, config, by, created) VALUES(?, ?, ?, ?, "
            "?, ?, ?)")
        .with(service, wanted.release.revision, version, digest, config, by, to_number(now))
        .run();
    return wanted;
  });
}

Result<std::vector<StoredRelease>> SqliteJournal::releases(const std::string& service) {
  SqliteFile& file = *impl_->file;
  return file.read([&]() -> Result<std::vector<StoredRelease>> {
    std::vector<StoredRelease> all;
    Query query = file.query(
        "SELECT revision, version, digest, config, by, created FROM release WHERE service = ? ORDER BY "
        "revision DESC");
    query.with(service);
    while (query.next()) all.push_back(stored(service, query));
    return all;
  });
}

Result<std::optional<StoredRelease>> SqliteJournal::release(const std::string& service, int revision) {
  SqliteFile& file = *impl_->file;
  return file.read([&]() -> Result<std::optional<StoredRelease>> {
    Query query = file.query(
        "SELECT revision, version, digest, config, by, created FROM release WHERE service = ? AND revision = "
        "?");
    if (!query.with(service, revision).next()) return std::nullopt;
    return stored(service, query);
  });
}

Result<std::optional<std::string>> SqliteJournal::digest_of(const std::string& service,
                                                            const std::string& version) {
  SqliteFile& file = *impl_->file;
  return file.read([&]() -> Result<std::optional<std::string>> {
    Query query = file.query("SELECT digest FROM release WHERE service = ? AND version = ? LIMIT 1");
    if (!query.with(service, version).next()) return std::nullopt;
    return query.text(0);
  });
}

}  // namespace slipway::journal

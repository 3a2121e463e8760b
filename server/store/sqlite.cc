#include "linnet/store/sqlite.h"

#include <iterator>
#include <utility>

#include "sqlite_handle.h"
#include "sqlite_schema.h"

namespace linnet::store {
namespace {

Outcome<void> Execute(sqlite3* db, const std::string& sql, std::string_view doing) {
  if (sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return DatabaseError(db, doing);
  return {};
}

Outcome<void> Migrate(sqlite3* db, const std::string& path) {
  Statement version;
  version.Prepare(db, "PRAGMA user_version");
  LINNET_ASSIGN(const bool found, version.Start().Next("read the schema's version"));
  const int64_t have = found ? version.Int() : 0;
  version.Reset();
  constexpr int64_t kWant = std::size(kMigrations);
  if (have > kWant) {
    return Fail(Status::kFailedPrecondition, "store: " + path + " was written by a newer linnetd (schema " +
                                                 std::to_string(have) + ", this one knows " + std::to_string(kWant) +
                                                 ")");
  }
  for (int64_t step = have; step < kWant; ++step) {
    // One exec: SQLite stops at the first statement that fails, and closing the file rolls the step back.
    auto done = Execute(db,
                        "BEGIN IMMEDIATE;" + std::string(kMigrations[step]) +
                            "PRAGMA user_version=" + std::to_string(step + 1) + "; COMMIT",
                        "migrate");
    if (!done) return done;
  }
  return {};
}

constexpr const char* kDeviceColumns =
    "endpoint,location,address,lwm2m_version,binding,lifetime_s,links,registered_at_ms,last_seen_ms,online,"
    "firmware_version,digest,sequence,confirmed,slot,image_version";

DeviceRow ReadDevice(Statement& s) {
  DeviceRow row;
  Device& d = row.device;
  d.endpoint = s.Text();
  d.location = s.Text();
  d.address = s.Text();
  d.lwm2m_version = s.Text();
  d.binding = s.Text();
  d.lifetime_s = s.Int();
  d.links = s.Text();
  d.registered_at_ms = s.Int();
  d.last_seen_ms = s.Int();
  d.online = s.Int() != 0;
  DeviceFacts& f = row.facts;
  f.firmware_version = s.Text();
  f.digest = s.Text();
  f.sequence = s.Int();
  f.confirmed = static_cast<int>(s.Int());
  f.slot = static_cast<int>(s.Int());
  f.image_version = s.Text();
  return row;
}

Artifact ReadArtifact(Statement& s) {
  Artifact a;
  a.id = s.Text();
  a.version = s.Text();
  a.sequence = static_cast<uint64_t>(s.Int());
  a.size_bytes = static_cast<uint64_t>(s.Int());
  a.digest_a = s.Text();
  a.digest_b = s.Text();
  a.class_id = s.Text();
  a.board = s.Text();
  a.key_id = s.Text();
  a.created_at_ms = s.Int();
  return a;
}

Rollout ReadRollout(Statement& s) {
  Rollout r;
  r.id = s.Text();
  r.artifact = s.Text();
  r.state = static_cast<RolloutState>(s.Int());
  r.created_at_ms = s.Int();
  return r;
}

template <typename Read>
auto All(Statement& s, std::string_view doing, Read read) -> Outcome<std::vector<decltype(read(s))>> {
  std::vector<decltype(read(s))> rows;
  for (;;) {
    LINNET_ASSIGN(const bool more, s.Next(doing));
    if (!more) return rows;
    rows.push_back(read(s));
  }
}

template <typename Read>
auto One(Statement& s, std::string_view doing, const std::string& missing, Read read) -> Outcome<decltype(read(s))> {
  LINNET_ASSIGN(const bool found, s.Next(doing));
  if (!found) return Fail(Status::kNotFound, missing);
  auto row = read(s);
  s.Reset();
  return row;
}

class SqliteStore final : public Store {
 public:
  explicit SqliteStore(Database db) : db_(std::move(db)) {
    sqlite3* d = db_.get();
    begin_.Prepare(d, "BEGIN IMMEDIATE");
    commit_.Prepare(d, "COMMIT");
    put_device_.Prepare(
        d,
        "INSERT INTO device(endpoint,location,address,lwm2m_version,binding,lifetime_s,links,"
        "registered_at_ms,last_seen_ms,online) VALUES(?,?,?,?,?,?,?,?,?,?) ON CONFLICT(endpoint) DO UPDATE SET "
        "location=excluded.location,address=excluded.address,lwm2m_version=excluded.lwm2m_version,"
        "binding=excluded.binding,lifetime_s=excluded.lifetime_s,links=excluded.links,"
        "registered_at_ms=excluded.registered_at_ms,last_seen_ms=excluded.last_seen_ms,online=excluded.online");
    put_facts_.Prepare(d,
                       "UPDATE device SET firmware_version=?,digest=?,sequence=?,confirmed=?,slot=?,image_version=? "
                       "WHERE endpoint=?");
    get_device_.Prepare(d, ("SELECT " + std::string(kDeviceColumns) + " FROM device WHERE endpoint=?").c_str());
    list_devices_.Prepare(d, ("SELECT " + std::string(kDeviceColumns) + " FROM device ORDER BY endpoint").c_str());
    add_artifact_.Prepare(d,
                          "INSERT INTO artifact(id,version,sequence,size_bytes,digest_a,digest_b,class_id,board,key_id,"
                          "created_at_ms) VALUES(?,?,?,?,?,?,?,?,?,?)");
    const std::string artifacts =
        "SELECT id,version,sequence,size_bytes,digest_a,digest_b,class_id,board,key_id,created_at_ms FROM artifact ";
    get_artifact_.Prepare(d, (artifacts + "WHERE id=?").c_str());
    list_artifacts_.Prepare(d, (artifacts + "ORDER BY number").c_str());
    add_rollout_.Prepare(d, "INSERT INTO rollout(id,artifact,state,created_at_ms) VALUES(?,?,?,?)");
    add_rollout_device_.Prepare(
        d, "INSERT INTO rollout_device(rollout,endpoint,state,progress,reason,digest,since_ms) VALUES(?,?,?,?,?,?,?)");
    set_rollout_.Prepare(d, "UPDATE rollout SET state=? WHERE id=?");
    get_rollout_.Prepare(d, "SELECT id,artifact,state,created_at_ms FROM rollout WHERE id=?");
    list_rollouts_.Prepare(d, "SELECT id,artifact,state,created_at_ms FROM rollout ORDER BY number");
    put_rollout_device_.Prepare(
        d, "UPDATE rollout_device SET state=?,progress=?,reason=?,digest=?,since_ms=? WHERE rollout=? AND endpoint=?");
    list_rollout_devices_.Prepare(
        d,
        "SELECT endpoint,state,progress,reason,digest,since_ms FROM rollout_device WHERE rollout=? ORDER BY endpoint");
  }

  Outcome<void> Begin() override { return Done(begin_.Start().Run("begin")); }
  Outcome<void> Commit() override { return Done(commit_.Start().Run("commit")); }

  Outcome<void> PutDevice(const Device& d) override {
    put_device_.Start().Bind(d.endpoint).Bind(d.location).Bind(d.address).Bind(d.lwm2m_version).Bind(d.binding);
    put_device_.Bind(d.lifetime_s).Bind(d.links).Bind(d.registered_at_ms).Bind(d.last_seen_ms).Bind(int64_t{d.online});
    return Done(put_device_.Run("store device " + d.endpoint));
  }

  Outcome<void> PutFacts(std::string_view endpoint, const DeviceFacts& f) override {
    put_facts_.Start().Bind(f.firmware_version).Bind(f.digest).Bind(f.sequence).Bind(int64_t{f.confirmed});
    put_facts_.Bind(int64_t{f.slot}).Bind(f.image_version).Bind(endpoint);
    return Changed(put_facts_.Run("store the facts of a device"), "no device " + std::string(endpoint));
  }

  Outcome<DeviceRow> GetDevice(std::string_view endpoint) override {
    return One(get_device_.Start().Bind(endpoint), "read a device", "no device " + std::string(endpoint), ReadDevice);
  }
  Outcome<std::vector<DeviceRow>> ListDevices() override {
    return All(list_devices_.Start(), "list devices", ReadDevice);
  }

  Outcome<void> AddArtifact(const Artifact& a) override {
    add_artifact_.Start().Bind(a.id).Bind(a.version).Bind(static_cast<int64_t>(a.sequence));
    add_artifact_.Bind(static_cast<int64_t>(a.size_bytes)).Bind(a.digest_a).Bind(a.digest_b).Bind(a.class_id);
    add_artifact_.Bind(a.board).Bind(a.key_id).Bind(a.created_at_ms);
    return Done(add_artifact_.Run("store artifact " + a.id));
  }
  Outcome<Artifact> GetArtifact(std::string_view id) override {
    return One(get_artifact_.Start().Bind(id), "read an artifact", "no artifact " + std::string(id), ReadArtifact);
  }
  Outcome<std::vector<Artifact>> ListArtifacts() override {
    return All(list_artifacts_.Start(), "list artifacts", ReadArtifact);
  }

  Outcome<void> AddRollout(const Rollout& r, const std::vector<RolloutDevice>& devices) override {
    if (auto known = GetArtifact(r.artifact); !known) return std::unexpected(known.error());
    if (auto begun = Begin(); !begun) return begun;
    auto stored = InsertRollout(r, devices);
    if (!stored) {
      sqlite3_exec(db_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
      return stored;
    }
    return Commit();
  }
  Outcome<void> SetRolloutState(std::string_view id, RolloutState state) override {
    return Changed(set_rollout_.Start().Bind(static_cast<int64_t>(state)).Bind(id).Run("store a rollout's state"),
                   "no rollout " + std::string(id));
  }
  Outcome<Rollout> GetRollout(std::string_view id) override {
    return One(get_rollout_.Start().Bind(id), "read a rollout", "no rollout " + std::string(id), ReadRollout);
  }
  Outcome<std::vector<Rollout>> ListRollouts() override {
    return All(list_rollouts_.Start(), "list rollouts", ReadRollout);
  }

  Outcome<void> PutRolloutDevice(std::string_view rollout, const RolloutDevice& d) override {
    put_rollout_device_.Start().Bind(static_cast<int64_t>(d.state)).Bind(d.progress).Bind(d.reason).Bind(d.digest);
    put_rollout_device_.Bind(d.since_ms).Bind(rollout).Bind(d.endpoint);
    return Changed(put_rollout_device_.Run("store a device's progress"),
                   d.endpoint + " is not part of rollout " + std::string(rollout));
  }
  Outcome<std::vector<RolloutDevice>> ListRolloutDevices(std::string_view rollout) override {
    return All(list_rollout_devices_.Start().Bind(rollout), "list a rollout's devices", [](Statement& s) {
      RolloutDevice d;
      d.endpoint = s.Text();
      d.state = static_cast<DeviceState>(s.Int());
      d.progress = s.Real();
      d.reason = s.Text();
      d.digest = s.Text();
      d.since_ms = s.Int();
      return d;
    });
  }

 private:
  static Outcome<void> Done(Outcome<int> result) {
    if (!result) return std::unexpected(std::move(result).error());
    return {};
  }
  static Outcome<void> Changed(Outcome<int> result, const std::string& missing) {
    if (!result) return std::unexpected(std::move(result).error());
    if (*result == 0) return Fail(Status::kNotFound, missing);
    return {};
  }
  Outcome<void> InsertRollout(const Rollout& r, const std::vector<RolloutDevice>& devices) {
    add_rollout_.Start().Bind(r.id).Bind(r.artifact).Bind(static_cast<int64_t>(r.state)).Bind(r.created_at_ms);
    if (auto done = Done(add_rollout_.Run("store rollout " + r.id)); !done) return done;
    for (const RolloutDevice& d : devices) {
      add_rollout_device_.Start().Bind(r.id).Bind(d.endpoint).Bind(static_cast<int64_t>(d.state)).Bind(d.progress);
      add_rollout_device_.Bind(d.reason).Bind(d.digest).Bind(d.since_ms);
      if (auto done = Done(add_rollout_device_.Run("store a rollout's device")); !done) return done;
    }
    return {};
  }

  Database db_;  // first: the statements are finalised before it closes
  Statement begin_, commit_;
  Statement put_device_, put_facts_, get_device_, list_devices_;
  Statement add_artifact_, get_artifact_, list_artifacts_;
  Statement add_rollout_, add_rollout_device_, set_rollout_, get_rollout_, list_rollouts_;
  Statement put_rollout_device_, list_rollout_devices_;
};

}  // namespace

Outcome<std::unique_ptr<Store>> OpenSqlite(const std::string& path) {
  sqlite3* raw = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  Database db(raw);
  if (code != SQLITE_OK) return DatabaseError(raw, "open " + path);
  sqlite3_busy_timeout(raw, 2000);
  // WAL with NORMAL survives a killed process; a power cut may lose the last commits, which devices repeat by registering
  // again and a rollout finds out by reading the device.
  auto tuned =
      Execute(raw, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON", "open " + path);
  if (!tuned) return std::unexpected(std::move(tuned).error());
  if (auto migrated = Migrate(raw, path); !migrated) return std::unexpected(std::move(migrated).error());
  return std::make_unique<SqliteStore>(std::move(db));
}

std::string_view ToString(RolloutState state) {
  switch (state) {
    case RolloutState::kRunning: return "running";
    case RolloutState::kSucceeded: return "succeeded";
    case RolloutState::kFailed: return "failed";
  }
  return "unknown";
}

std::string_view ToString(DeviceState state) {
  switch (state) {
    case DeviceState::kWaiting: return "waiting";
    case DeviceState::kSending: return "sending";
    case DeviceState::kInstalling: return "installing";
    case DeviceState::kUpdated: return "updated";
    case DeviceState::kFailed: return "failed";
  }
  return "unknown";
}

}  // namespace linnet::store

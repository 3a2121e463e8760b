// The schema as a list of steps: step i leads from user_version i to i+1. Steps are only ever appended.
#pragma once

namespace linnet::store {

inline constexpr const char* kMigrations[] = {
    // 0 -> 1
    R"sql(
CREATE TABLE device(
  endpoint TEXT PRIMARY KEY, location TEXT NOT NULL, address TEXT NOT NULL, lwm2m_version TEXT NOT NULL,
  binding TEXT NOT NULL, lifetime_s INTEGER NOT NULL, links TEXT NOT NULL,
  registered_at_ms INTEGER NOT NULL, last_seen_ms INTEGER NOT NULL, online INTEGER NOT NULL,
  firmware_version TEXT NOT NULL DEFAULT '', digest TEXT NOT NULL DEFAULT '', sequence INTEGER NOT NULL DEFAULT -1,
  confirmed INTEGER NOT NULL DEFAULT -1, slot INTEGER NOT NULL DEFAULT -1, image_version TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE TABLE artifact(
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, version TEXT NOT NULL, sequence INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL, digest_a TEXT NOT NULL, digest_b TEXT NOT NULL, class_id TEXT NOT NULL,
  board TEXT NOT NULL, key_id TEXT NOT NULL, created_at_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE rollout(
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, artifact TEXT NOT NULL REFERENCES artifact(id),
  state INTEGER NOT NULL, created_at_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE rollout_device(
  rollout TEXT NOT NULL REFERENCES rollout(id), endpoint TEXT NOT NULL, state INTEGER NOT NULL,
  progress REAL NOT NULL, reason TEXT NOT NULL, digest TEXT NOT NULL, since_ms INTEGER NOT NULL,
  PRIMARY KEY(rollout, endpoint)
) STRICT, WITHOUT ROWID;
)sql",
};

}  // namespace linnet::store

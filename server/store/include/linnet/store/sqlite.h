// The store in one SQLite file: write-ahead log, schema versions in user_version, prepared statements.
#pragma once

#include <memory>
#include <string>

#include "linnet/store/store.h"

namespace linnet::store {

// Opens or creates `path` and brings its schema up to date. ":memory:" for a store that is forgotten.
//   kUnavailable: cannot be opened or is locked by another process | kFailedPrecondition: written by a newer linnetd
//   | kDataLoss: not a database
Outcome<std::unique_ptr<Store>> OpenSqlite(const std::string& path);

}  // namespace linnet::store

// The firmware packages that people uploaded: files named by their digest, with what their manifest says in the store.
// One thread.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "linnet/base/bytes.h"
#include "linnet/base/error.h"
#include "linnet/lwm2m_server/request.h"
#include "linnet/store/store.h"

namespace linnet::rollout {

class Artifacts {
 public:
  // `folder` exists. `store` outlives the object.
  Artifacts(std::filesystem::path folder, store::Store& store) : folder_(std::move(folder)), store_(store) {}

  // Takes a whole package. Its structure and digests are checked here; whether its key is trusted only the devices know.
  // The same bytes again answer with what was stored before.
  //   kInvalidArgument, kDataLoss: not a package, with the reason | kUnavailable: the file can't be written
  Outcome<store::Artifact> Add(ByteSpan package, int64_t created_at_ms);

  // The bytes, for a push. kNotFound: no such artifact | kDataLoss: the file is gone or was changed in size
  Outcome<std::shared_ptr<lwm2m_server::BodySource>> Open(const store::Artifact& artifact);

 private:
  std::filesystem::path folder_;
  store::Store& store_;
};

}  // namespace linnet::rollout

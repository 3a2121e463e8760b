// What every Store must do, as a typed GoogleTest suite. A database's own test instantiates it:
//   struct SqliteMaker { static std::unique_ptr<Store> Make(); };
//   INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, StoreContract, SqliteMaker);
#pragma once

#ifdef GTEST_API_  // the suite exists where GoogleTest was included before; the header stands alone without it

#include <memory>

#include "linnet/store/store.h"

namespace linnet::store {

inline Device ADevice(std::string endpoint) {
  Device d;
  d.endpoint = std::move(endpoint);
  d.location = "1a";
  d.address = "127.0.0.1:5000";
  d.lwm2m_version = "1.1";
  d.binding = "U";
  d.lifetime_s = 60;
  d.links = "</1/0>,</3/0>";
  d.registered_at_ms = 1000;
  d.last_seen_ms = 2000;
  d.online = true;
  return d;
}

inline Artifact AnArtifact(std::string id) {
  Artifact a;
  a.id = std::move(id);
  a.version = "dnn-2";
  a.sequence = 7;
  a.size_bytes = 200'000;
  a.digest_a = "aa";
  a.digest_b = "bb";
  a.key_id = "dev";
  return a;
}

template <typename Maker>
class StoreContract : public ::testing::Test {
 protected:
  std::unique_ptr<Store> store_ = Maker::Make();
};
TYPED_TEST_SUITE_P(StoreContract);

TYPED_TEST_P(StoreContract, DeviceIsReadBackAsStored) {
  Store& s = *this->store_;
  ASSERT_TRUE(s.PutDevice(ADevice("board-1")));
  auto row = s.GetDevice("board-1");
  ASSERT_TRUE(row);
  EXPECT_EQ(row->device, ADevice("board-1"));
  EXPECT_EQ(row->facts, DeviceFacts{});
}

TYPED_TEST_P(StoreContract, RegisteringAgainReplacesTheAddressAndKeepsTheFacts) {
  Store& s = *this->store_;
  ASSERT_TRUE(s.PutDevice(ADevice("board-1")));
  DeviceFacts facts;
  facts.firmware_version = "dnn-1";
  facts.confirmed = 1;
  ASSERT_TRUE(s.PutFacts("board-1", facts));
  Device moved = ADevice("board-1");
  moved.address = "127.0.0.1:6000";
  ASSERT_TRUE(s.PutDevice(moved));
  auto rows = s.ListDevices();
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ(rows->front().device.address, "127.0.0.1:6000");
  EXPECT_EQ(rows->front().facts, facts);
}

TYPED_TEST_P(StoreContract, UnknownNamesAreNotFound) {
  Store& s = *this->store_;
  EXPECT_EQ(s.GetDevice("nobody").error().status, Status::kNotFound);
  EXPECT_EQ(s.PutFacts("nobody", {}).error().status, Status::kNotFound);
  EXPECT_EQ(s.GetArtifact("00").error().status, Status::kNotFound);
  EXPECT_EQ(s.GetRollout("r").error().status, Status::kNotFound);
  EXPECT_EQ(s.SetRolloutState("r", RolloutState::kFailed).error().status, Status::kNotFound);
  EXPECT_EQ(s.AddRollout({.id = "r", .artifact = "00"}, {}).error().status, Status::kNotFound);
}

TYPED_TEST_P(StoreContract, NamesAreDataNotSql) {
  Store& s = *this->store_;
  const std::string name = "a'; DROP TABLE device; --\xC3\xA9";
  ASSERT_TRUE(s.PutDevice(ADevice(name)));
  EXPECT_EQ(s.GetDevice(name)->device.endpoint, name);
}

TYPED_TEST_P(StoreContract, SameArtifactTwiceAlreadyExists) {
  Store& s = *this->store_;
  ASSERT_TRUE(s.AddArtifact(AnArtifact("a1")));
  EXPECT_EQ(s.AddArtifact(AnArtifact("a1")).error().status, Status::kAlreadyExists);
  EXPECT_EQ(*s.GetArtifact("a1"), AnArtifact("a1"));
  ASSERT_TRUE(s.AddArtifact(AnArtifact("a0")));
  auto list = s.ListArtifacts();
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 2u);
  EXPECT_EQ((*list)[0].id, "a1") << "oldest first";
}

TYPED_TEST_P(StoreContract, RolloutAndItsDevicesMoveOn) {
  Store& s = *this->store_;
  ASSERT_TRUE(s.AddArtifact(AnArtifact("a1")));
  const Rollout rollout{.id = "r1", .artifact = "a1", .state = RolloutState::kRunning, .created_at_ms = 5};
  ASSERT_TRUE(s.AddRollout(rollout, {{.endpoint = "b"}, {.endpoint = "a"}}));
  EXPECT_EQ(s.AddRollout(rollout, {}).error().status, Status::kAlreadyExists);
  const RolloutDevice sent{.endpoint = "a",
                           .state = DeviceState::kFailed,
                           .progress = 0.5,
                           .reason = "refused",
                           .digest = "dd",
                           .since_ms = 9};
  ASSERT_TRUE(s.PutRolloutDevice("r1", sent));
  EXPECT_EQ(s.PutRolloutDevice("r1", {.endpoint = "c"}).error().status, Status::kNotFound);
  ASSERT_TRUE(s.SetRolloutState("r1", RolloutState::kFailed));
  EXPECT_EQ(s.GetRollout("r1")->state, RolloutState::kFailed);
  auto devices = s.ListRolloutDevices("r1");
  ASSERT_TRUE(devices);
  ASSERT_EQ(devices->size(), 2u);
  EXPECT_EQ((*devices)[0], sent);
  EXPECT_EQ((*devices)[1], RolloutDevice{.endpoint = "b"});
}

TYPED_TEST_P(StoreContract, ManyWritesInOneTransaction) {
  Store& s = *this->store_;
  ASSERT_TRUE(s.Begin());
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(s.PutDevice(ADevice("d" + std::to_string(i))));
  ASSERT_TRUE(s.Commit());
  EXPECT_EQ(s.ListDevices()->size(), 1000u);
}

REGISTER_TYPED_TEST_SUITE_P(StoreContract, DeviceIsReadBackAsStored, RegisteringAgainReplacesTheAddressAndKeepsTheFacts,
                            UnknownNamesAreNotFound, NamesAreDataNotSql, SameArtifactTwiceAlreadyExists,
                            RolloutAndItsDevicesMoveOn, ManyWritesInOneTransaction);

}  // namespace linnet::store

#endif  // GTEST_API_

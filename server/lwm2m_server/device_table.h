// The devices by id, endpoint name, location and address. Each look-up is one hash.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "device.h"

namespace linnet::lwm2m_server {

class DeviceTable {
 public:
  // REQUIRES: endpoint, location and address are free.
  Device& Add(std::unique_ptr<Device> device);
  // Takes the device out of every index; the caller decides when it dies.
  std::unique_ptr<Device> Remove(Device& device);
  // REQUIRES: `peer` is free.
  void Move(Device& device, const Peer& peer);
  // The device stays known by name, but nothing is reached at its address any more (another device has it now).
  void Detach(Device& device);

  Device* ById(uint64_t id) const { return Find(by_id_, id); }
  Device* ByPeer(const Peer& peer) const { return Find(by_peer_, peer); }
  Device* ByEndpoint(std::string_view name) const { return Find(by_endpoint_, std::string(name)); }
  Device* ByLocation(std::string_view location) const { return Find(by_location_, std::string(location)); }
  size_t size() const { return by_id_.size(); }

 private:
  static Device* Raw(Device* device) { return device; }
  static Device* Raw(const std::unique_ptr<Device>& device) { return device.get(); }
  template <typename Map, typename Key>
  static Device* Find(const Map& map, const Key& key) {
    const auto entry = map.find(key);
    return entry == map.end() ? nullptr : Raw(entry->second);
  }

  std::unordered_map<uint64_t, std::unique_ptr<Device>> by_id_;
  std::unordered_map<Peer, Device*> by_peer_;
  std::unordered_map<std::string, Device*> by_endpoint_;
  std::unordered_map<std::string, Device*> by_location_;
};

}  // namespace linnet::lwm2m_server

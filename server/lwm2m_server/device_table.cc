#include "device_table.h"

#include <utility>

#include "linnet/base/check.h"

namespace linnet::lwm2m_server {

Device& DeviceTable::Add(std::unique_ptr<Device> device) {
  Device& d = *device;
  LINNET_CHECK(!ByPeer(d.peer) && !ByEndpoint(d.registration.endpoint) && !ByLocation(d.registration.location));
  by_peer_[d.peer] = &d;
  by_endpoint_[d.registration.endpoint] = &d;
  by_location_[d.registration.location] = &d;
  by_id_[d.id] = std::move(device);
  return d;
}

std::unique_ptr<Device> DeviceTable::Remove(Device& device) {
  Detach(device);
  by_endpoint_.erase(device.registration.endpoint);
  by_location_.erase(device.registration.location);
  auto entry = by_id_.extract(device.id);
  return std::move(entry.mapped());
}

void DeviceTable::Move(Device& device, const Peer& peer) {
  LINNET_CHECK(!ByPeer(peer));
  Detach(device);
  device.peer = peer;
  by_peer_[peer] = &device;
}

void DeviceTable::Detach(Device& device) {
  const auto entry = by_peer_.find(device.peer);
  if (entry != by_peer_.end() && entry->second == &device) by_peer_.erase(entry);
}

}  // namespace linnet::lwm2m_server

#include "linnet/lwm2m/objects.h"

#include <algorithm>

namespace linnet::lwm2m {
namespace {

using enum ValueType;
constexpr Operations kR = Operations::kRead, kW = Operations::kWrite, kRw = Operations::kReadWrite,
                     kE = Operations::kExecute;

constexpr ResourceDefinition kServerResources[] = {
    {0, kInteger, kR, false, "Short Server ID"},
    {1, kInteger, kRw, false, "Lifetime"},
    {6, kBoolean, kRw, false, "Notification Storing When Disabled or Offline"},
    {7, kText, kRw, false, "Binding"},
    {8, kNone, kE, false, "Registration Update Trigger"},
};
constexpr ResourceDefinition kDeviceResources[] = {
    {0, kText, kR, false, "Manufacturer"},
    {1, kText, kR, false, "Model Number"},
    {2, kText, kR, false, "Serial Number"},
    {3, kText, kR, false, "Firmware Version"},
    {4, kNone, kE, false, "Reboot"},
    {5, kNone, kE, false, "Factory Reset"},
    {6, kInteger, kR, true, "Available Power Sources"},
    {7, kInteger, kR, true, "Power Source Voltage"},
    {8, kInteger, kR, true, "Power Source Current"},
    {9, kInteger, kR, false, "Battery Level"},
    {10, kInteger, kR, false, "Memory Free"},
    {11, kInteger, kR, true, "Error Code"},
    {12, kNone, kE, false, "Reset Error Code"},
    {13, kTime, kRw, false, "Current Time"},
    {14, kText, kRw, false, "UTC Offset"},
    {15, kText, kRw, false, "Timezone"},
    {16, kText, kR, false, "Supported Binding and Modes"},
    {17, kText, kR, false, "Device Type"},
    {18, kText, kR, false, "Hardware Version"},
    {19, kText, kR, false, "Software Version"},
    {20, kInteger, kR, false, "Battery Status"},
    {21, kInteger, kR, false, "Memory Total"},
};
constexpr ResourceDefinition kConnectivityResources[] = {
    {0, kInteger, kR, false, "Network Bearer"},
    {1, kInteger, kR, true, "Available Network Bearer"},
    {2, kInteger, kR, false, "Radio Signal Strength"},
    {3, kInteger, kR, false, "Link Quality"},
    {4, kText, kR, true, "IP Addresses"},
    {5, kText, kR, true, "Router IP Addresses"},
};
constexpr ResourceDefinition kFirmwareResources[] = {
    {0, kOpaque, kW, false, "Package"},
    {1, kText, kRw, false, "Package URI"},
    {2, kNone, kE, false, "Update"},
    {3, kInteger, kR, false, "State"},
    {5, kInteger, kR, false, "Update Result"},
    {6, kText, kR, false, "Package Name"},
    {7, kText, kR, false, "Package Version"},
    {8, kInteger, kR, true, "Firmware Update Protocol Support"},
    {9, kInteger, kR, false, "Firmware Update Delivery Method"},
};
constexpr ResourceDefinition kInferenceResources[] = {
    {0, kText, kR, false, "Model Name"}, {1, kInteger, kR, false, "Label"}, {2, kInteger, kR, false, "Answer"},
    {3, kInteger, kR, false, "Margin"},  {4, kInteger, kR, false, "Runs"},
};
constexpr ResourceDefinition kMemoryResources[] = {
    {0, kInteger, kR, false, "Heap Used"},  {1, kInteger, kR, false, "Heap Peak"},
    {2, kInteger, kR, false, "Stack Peak"}, {3, kInteger, kR, false, "Stack Size"},
    {4, kInteger, kR, false, "Static RAM"}, {5, kInteger, kR, false, "Arena"},
};
constexpr ResourceDefinition kAttestationResources[] = {
    {0, kOpaque, kR, false, "Running Image Digest"}, {1, kInteger, kR, false, "Manifest Sequence Number"},
    {2, kBoolean, kR, false, "Confirmed"},           {3, kInteger, kR, false, "Slot"},
    {4, kText, kR, false, "Last Update Reason"},     {5, kText, kR, false, "Version"},
};
constexpr ObjectDefinition kObjects[] = {
    {object::kServer, "LwM2M Server", kServerResources},
    {object::kDevice, "Device", kDeviceResources},
    {object::kConnectivityMonitoring, "Connectivity Monitoring", kConnectivityResources},
    {object::kFirmwareUpdate, "Firmware Update", kFirmwareResources},
    {object::kInference, "Linnet Inference", kInferenceResources},
    {object::kMemory, "Linnet Memory", kMemoryResources},
    {object::kAttestation, "Linnet Attestation", kAttestationResources},
};

}  // namespace

std::span<const ObjectDefinition> Objects() { return kObjects; }

const ObjectDefinition* FindObject(uint16_t id) {
  const auto* found =
      std::find_if(std::begin(kObjects), std::end(kObjects), [id](const auto& o) { return o.id == id; });
  return found == std::end(kObjects) ? nullptr : found;
}

const ResourceDefinition* FindResource(const Path& path) {
  if (path.depth() < 3) return nullptr;
  const ObjectDefinition* object = FindObject(path.object());
  if (object == nullptr) return nullptr;
  for (const ResourceDefinition& resource : object->resources) {
    if (resource.id == path.resource()) return &resource;
  }
  return nullptr;
}

std::string_view ToString(UpdateResult result) {
  switch (result) {
    case UpdateResult::kInitial: return "no result yet";
    case UpdateResult::kSuccess: return "updated";
    case UpdateResult::kNotEnoughFlash: return "not enough flash";
    case UpdateResult::kOutOfRam: return "out of RAM during the download";
    case UpdateResult::kConnectionLost: return "connection lost during the download";
    case UpdateResult::kIntegrityFailed: return "integrity check failed";
    case UpdateResult::kUnsupportedPackage: return "unsupported package";
    case UpdateResult::kInvalidUri: return "invalid URI";
    case UpdateResult::kUpdateFailed: return "update failed";
    case UpdateResult::kUnsupportedProtocol: return "unsupported protocol";
  }
  return "unknown result";
}

}  // namespace linnet::lwm2m

/// What the bus between a host's memory and an adapter carries.
#pragma once
#include <array>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "hw/pcie_rate.hpp"
#include "model/core/params.hpp"
#include "model/core/units.hpp"

namespace blkpath {

enum class HostBusType : std::uint8_t { pci_66, pci_x_100, pci_x_133, pcie };
template <>
struct EnumNames<HostBusType> {
  static constexpr std::array<std::pair<std::string_view, HostBusType>, 4> names{
      {{"pci_66", HostBusType::pci_66},
       {"pci_x_100", HostBusType::pci_x_100},
       {"pci_x_133", HostBusType::pci_x_133},
       {"pcie", HostBusType::pcie}}};
};

/// A bus as it was bought: PCI and PCI-X are one set of wires, 64 bits wide, which reads and writes share;
/// PCI Express has lanes for each direction.
struct HostBus {
  HostBusType type = HostBusType::pci_x_133;
  int generation = 1, lanes = 4;  ///< of PCI Express
  Bytes payload = 256_B;          ///< data in one packet of PCI Express

  bool full_duplex() const { return type == HostBusType::pcie; }
  /// Data that passes in a second, one way. PCI and PCI-X: three quarters of the cycles carry data, the rest
  /// is arbitration, address and attribute phases and split transactions. PCI Express: 24 bytes go with the
  /// data of a packet: framing and sequence number (4), a header with a 64-bit address (16), LCRC (4).
  ByteRate payload_rate() const {
    switch (type) {
      case HostBusType::pci_66:
        return 400_MBps;  // 8 bytes at 66.67 MHz
      case HostBusType::pci_x_100:
        return 600_MBps;
      case HostBusType::pci_x_133:
        return 800_MBps;
      case HostBusType::pcie:
        break;
    }
    const std::int64_t rate = pcie_rate(generation, lanes).per_second;
    return ByteRate{rate * payload.n / (payload.n + 24)};
  }
  /// @throws std::invalid_argument
  void check() const {
    if (generation < 1 || generation > 5)
      throw std::invalid_argument("pcie_generation: 1 to 5, for example 3");
    if (lanes < 1 || lanes > 16) throw std::invalid_argument("pcie_lanes: 1 to 16, for example 8");
    if (payload.n < 128 || payload.n > 4096)
      throw std::invalid_argument("pcie_payload: 128B to 4KiB, for example 256B");
  }
};

}  // namespace blkpath

/// The host interface of an SSD: what commands, data and completions cost on SATA or PCIe.
#pragma once
#include <cstdint>

#include "hw/ssd_params.hpp"
#include "model/core/sim.hpp"

namespace blkpath {

/// SATA carries one frame at a time, in one direction; PCIe both ways at once.
///
/// Serial ATA 3.x, native command queueing: a Register FIS to the device and one back that releases the bus,
/// a DMA Setup FIS, data in frames of 8 KiB (each asked for by a DMA Activate FIS when the host sends), and a
/// Set Device Bits FIS. Start, type, CRC and end are four dwords of each frame. NVMe: 64 bytes of command and
/// 16 of completion; data in TLPs of 256 bytes with six dwords of framing, header and LCRC. That the drive
/// fetches commands and data is not told apart from the host sending them.
class SsdLink {
 public:
  explicit SsdLink(const SsdParams& p) : sata_(p.interface == SsdInterface::sata) {
    rate_ = sata_ ? p.sata_rate : p.pcie_rate;
    handshake_ = sata_ ? p.frame_handshake : Time{0};
    payload_ = sata_ ? 8192_B : 256_B;
    framing_ = sata_ ? 16_B : 24_B;
  }
  Time command() const { return sata_ ? frame(16_B) + frame(16_B) : frame(64_B); }
  Time completion() const { return sata_ ? frame(4_B) : frame(16_B); }
  /// Data of a read and its completion, to the host.
  Time read(std::uint32_t length) const {
    return (sata_ ? frame(24_B) : Time{0}) + data(length) + completion();
  }
  /// Data of a write, to the drive, and its completion.
  Time write(std::uint32_t length) const {
    const Time asking = sata_ ? frame(24_B) + frame(0_B) * ((length + payload_.n - 1) / payload_.n) : Time{0};
    return asking + data(length) + completion();
  }
  /// @return how long the link keeps `work` that comes at `at` waiting
  Time wait_to_drive(Instant at, Time work) { return to_drive_.wait(at, work); }
  Time wait_to_host(Instant at, Time work) { return (sata_ ? to_drive_ : to_host_).wait(at, work); }

 private:
  /// @param content  without the dword that says what kind of frame it is
  Time frame(Bytes content) const { return (content + framing_) / rate_ + handshake_; }
  Time data(std::uint32_t length) const {
    const std::int64_t rest = length % payload_.n;
    return frame(payload_) * (length / payload_.n) + (rest > 0 ? frame(Bytes{rest}) : Time{0});
  }
  bool sata_;
  ByteRate rate_;
  Time handshake_{0};
  Bytes payload_, framing_;
  FifoServer to_drive_, to_host_;
};

}  // namespace blkpath

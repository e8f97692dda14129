/// What iSCSI, NBD and NVMe/TCP send for a request: the bytes of each message in a TCP stream.
#pragma once
#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <utility>

#include "hw/framing.hpp"
#include "model/core/params.hpp"
#include "model/core/request.hpp"

namespace blkpath {

enum class StorageProtocol : std::uint8_t { iscsi, nbd, nvme_tcp };
template <>
struct EnumNames<StorageProtocol> {
  static constexpr std::array<std::pair<std::string_view, StorageProtocol>, 3> names{
      {{"iscsi", StorageProtocol::iscsi},
       {"nbd", StorageProtocol::nbd},
       {"nvme_tcp", StorageProtocol::nvme_tcp}}};
};

/// What initiator and target agreed on; 0: the protocol's own.
struct PduLimits {
  Bytes first_burst, max_burst, max_segment;
  bool digests = false;
};

/// A request is a command, as many rounds of grant (R2T) and data as a write needs beyond what goes with the
/// command, and an answer, which carries a read's data.
///
/// iSCSI (RFC 7143): each PDU begins with a basic header segment of 48 bytes. A write's first burst goes
/// unasked, in the command's PDU and in Data-Out PDUs behind it (InitialR2T=No, ImmediateData=Yes); the rest
/// is asked for, a burst at a time (MaxOutstandingR2T=1). The last Data-In PDU of a read carries the status.
/// NVMe/TCP (NVMe/TCP transport 1.0): common header of 8 bytes, so a command capsule takes 72 bytes, R2T,
/// data PDUs and response capsule 24. A write's data fit the capsule or are all asked for. The last C2HData
/// PDU says SUCCESS, and no response capsule follows. NBD (its proto.md): requests of 28 bytes with all the
/// data of a write, simple replies of 16.
class StoragePdus {
 public:
  StoragePdus(StorageProtocol protocol, const PduLimits& limits)
      : protocol_(protocol), header_(kHeaders[static_cast<std::size_t>(protocol)]), limits_(limits) {
    const PduLimits& own = kOwn[static_cast<std::size_t>(protocol)];
    const auto choose = [](Bytes& mine, Bytes protocols) {
      if (mine.n == 0) mine = protocols;
    };
    choose(limits_.first_burst, own.first_burst);
    choose(limits_.max_burst, own.max_burst);
    choose(limits_.max_segment, own.max_segment);
  }

  /// Data of a write that go with its command.
  Bytes unasked(Bytes length) const {
    if (protocol_ == StorageProtocol::nvme_tcp && length > limits_.first_burst) return 0_B;
    return std::min(length, limits_.first_burst);
  }
  /// Data that the next grant asks for.
  Bytes asked(Bytes left) const { return std::min(left, limits_.max_burst); }

  Bytes command(Bytes unasked) const {
    const std::int64_t others = std::max(segments(unasked), std::int64_t{1}) - 1;
    return header_.command + header_.data * others + unasked + digests(unasked);
  }
  Bytes grant() const { return header_.grant + digests(0_B); }
  Bytes data(Bytes burst) const { return pdus(burst) + digests(burst); }
  Bytes answer(Bytes read) const {
    return read.n == 0 ? header_.answer + digests(0_B) : pdus(read) + digests(read);
  }

 private:
  struct Headers {
    Bytes command, grant, data, answer;
  };
  static constexpr Bytes kAll{std::numeric_limits<std::int64_t>::max() / 2};
  static constexpr std::array<Headers, 3> kHeaders{
      {{48_B, 48_B, 48_B, 48_B}, {28_B, 0_B, 16_B, 16_B}, {72_B, 24_B, 24_B, 24_B}}};
  /// RFC 7143 for the bursts, open-iscsi's 256 KiB for a segment; 16 KiB of in-capsule data, or all of them
  /// at once, as Linux's target offers.
  static constexpr std::array<PduLimits, 3> kOwn{
      {{65536_B, 262144_B, 262144_B}, {kAll, kAll, kAll}, {16384_B, kAll, kAll}}};

  std::int64_t segments(Bytes data) const { return Framing{limits_.max_segment, 0_B}.frames(data); }
  Bytes pdus(Bytes data) const { return data + header_.data * segments(data); }
  /// CRC32C of each header and of each PDU's data.
  Bytes digests(Bytes data) const {
    if (!limits_.digests) return 0_B;
    const std::int64_t n = segments(data);
    return 4_B * (std::max(n, std::int64_t{1}) + n);
  }
  StorageProtocol protocol_;
  Headers header_;
  PduLimits limits_;
};

}  // namespace blkpath

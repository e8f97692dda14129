/// What storage over Ethernet is made of: the parameters of the model `ethernet`.
#pragma once
#include <stdexcept>
#include <string>
#include <tuple>

#include "hw/storage_pdus.hpp"
#include "model/core/params.hpp"

namespace blkpath {

struct EthernetParams {
  StorageProtocol protocol = StorageProtocol::iscsi;
  int connections = 1;
  int queue_depth = 128;
  Bytes first_burst{0};
  Bytes max_burst{0};
  Bytes max_segment{0};
  bool digests = false;

  ByteRate rate = 1250_MBps;
  Bytes mtu = 1500_B;
  Time latency = 3us;
  bool offload = true;
  Time initiator_cost = 4us;
  Time target_cost = 6us;
  Time segment_cost = 1us;
  ByteRate copy_rate = 4000_MBps;

  static auto fields();
  /// @throws std::invalid_argument
  void check() const {
    if (connections < 1 || connections > 1024)
      throw std::invalid_argument("connections: 1 to 1024, for example 1");
    if (queue_depth < 1) throw std::invalid_argument("queue_depth: at least 1, for example 128");
    for (const auto& [name, bytes] :
         {std::pair{"first_burst", first_burst}, {"max_burst", max_burst}, {"max_segment", max_segment}}) {
      if (bytes.n != 0 && bytes.n < 512)
        throw std::invalid_argument(std::string(name) + ": 0B, the protocol's own, or 512B and more");
      if (bytes.n != 0 && protocol == StorageProtocol::nbd)
        throw std::invalid_argument(std::string(name) +
                                    ": NBD sends all data with the request; leave it out");
    }
    if (digests && protocol == StorageProtocol::nbd)
      throw std::invalid_argument("digests: NBD has none; leave it out");
    if (mtu.n < 576 || mtu.n > 65535) throw std::invalid_argument("mtu: 576B to 65535B, for example 9000B");
  }
  StoragePdus pdus() const { return {protocol, {first_burst, max_burst, max_segment, digests}}; }
};

inline auto EthernetParams::fields() {
  using P = EthernetParams;
  return std::tuple{
      field("protocol", &P::protocol, "iSCSI, NBD with simple replies, or NVMe/TCP", configured()),
      field("connections", &P::connections,
            "TCP connections, used in turn: sessions, nbd-client -C, I/O queues", configured()),
      field("queue_depth", &P::queue_depth, "requests outstanding on one connection",
            datasheet(
                "128: open-iscsi node.session.cmds_max, tags of Linux's nbd, queue_size of its nvme_tcp")),
      field("first_burst", &P::first_burst,
            "of a write, data that go with the command; 0B: the protocol's own (iSCSI 64KiB, NVMe/TCP 16KiB)",
            datasheet("RFC 7143, FirstBurstLength; Linux nvmet-tcp, four pages")),
      field("max_burst", &P::max_burst,
            "of a write, data asked for at once; 0B: the protocol's own (iSCSI 256KiB, NVMe/TCP all)",
            datasheet("RFC 7143, MaxBurstLength")),
      field("max_segment", &P::max_segment,
            "data in a PDU; 0B: the protocol's own (iSCSI 256KiB, NVMe/TCP all)",
            datasheet("open-iscsi, MaxRecvDataSegmentLength; MAXH2CDATA")),
      field("digests", &P::digests, "CRC32C of headers and data", configured()),
      field("rate", &P::rate, "of the slower of the two ports", datasheet("IEEE 802.3ae: 10 Gb/s")),
      field("mtu", &P::mtu, "of both ports and the switch: 1500B, 9000B for jumbo frames", configured()),
      field("latency", &P::latency, "one way without the frames themselves: NICs, switch, cable",
            assumed("a cut-through switch under 1 us, a NIC with DMA on each side about 1 us")),
      field("offload", &P::offload, "the NICs cut and gather segments of up to 64 KiB (TSO, GRO)",
            configured()),
      field("initiator_cost", &P::initiator_cost,
            "the host's processor time of each message it sends or receives",
            assumed("in the kernel; in user space fio's NBD engine took 14 to 17 us for the two messages of "
                    "a 4 KiB read")),
      field("target_cost", &P::target_cost, "the target's processor time of each message",
            assumed("as the initiator's, and the dispatch: nbdkit took 12 to 17 us for the two messages of a "
                    "4 KiB read")),
      field("segment_cost", &P::segment_cost,
            "processor time of what a NIC takes or gives at once: a frame, or with offload up to 64 KiB",
            assumed("socket buffer, DMA mapping, IP and TCP: a core of 3 GHz")),
      field("copy_rate", &P::copy_rate, "at which a receiver copies data out of the socket",
            assumed("memory that is not in the cache, one core")),
  };
}

}  // namespace blkpath

/// What an SSD is made of: the parameters of the model `ssd`, and the sizes that follow from them.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <utility>

#include "model/core/params.hpp"

namespace blkpath {

enum class SsdInterface : std::uint8_t { sata, nvme };
enum class GcPolicy : std::uint8_t { greedy, cost_benefit };
enum class Precondition : std::uint8_t { none, sequential, random };

template <>
struct EnumNames<SsdInterface> {
  static constexpr std::array<std::pair<std::string_view, SsdInterface>, 2> names{
      {{"sata", SsdInterface::sata}, {"nvme", SsdInterface::nvme}}};
};
template <>
struct EnumNames<GcPolicy> {
  static constexpr std::array<std::pair<std::string_view, GcPolicy>, 2> names{
      {{"greedy", GcPolicy::greedy}, {"cost_benefit", GcPolicy::cost_benefit}}};
};
template <>
struct EnumNames<Precondition> {
  static constexpr std::array<std::pair<std::string_view, Precondition>, 3> names{
      {{"none", Precondition::none},
       {"sequential", Precondition::sequential},
       {"random", Precondition::random}}};
};

/// The defaults are a drive of 16 dies of 256 Gb, as fast as one of 480 GB, but with an eighth of the blocks:
/// 60 GB of 64 GiB. That keeps the map small, and write amplification hangs on over-provisioning, not on
/// capacity.
struct SsdParams {
  SsdInterface interface = SsdInterface::nvme;
  ByteRate sata_rate = 600_MBps;
  int ncq_depth = 32;
  Time frame_handshake = 400ns;
  ByteRate pcie_rate = 3938_MBps;
  int queues = 8;
  int queue_depth = 128;
  Time command_cost = 1500ns;
  Time command_latency = 8us;

  int channels = 8;
  int dies_per_channel = 2;
  int planes_per_die = 2;
  int blocks_per_plane = 256;
  int pages_per_block = 512;
  Bytes page_size = 16_KiB;
  Time page_read = 45us;
  Time page_program = 450us;
  Time block_erase = 3ms;
  ByteRate channel_rate = 800_MBps;

  Bytes mapping_unit = 4_KiB;
  double over_provisioning = 0.145;
  GcPolicy gc_policy = GcPolicy::greedy;
  int gc_start = 3;
  int gc_idle = 0;
  bool copyback = false;
  int read_burst = 10;
  Bytes write_buffer = 8_MiB;
  bool power_loss_protection = true;
  Precondition precondition = Precondition::sequential;

  static auto fields();
  /// @throws std::invalid_argument
  void check() const;

  std::int64_t dies() const { return std::int64_t{channels} * dies_per_channel; }
  /// Mapping units in the pages that a die programs at once, one in each plane.
  std::int64_t page_units() const { return page_size / mapping_unit * planes_per_die; }
  std::int64_t block_units() const { return page_units() * pages_per_block; }
  /// What the host sees, in mapping units.
  std::int64_t logical_units() const {
    return static_cast<std::int64_t>(static_cast<double>(dies() * blocks_per_plane * block_units()) /
                                     (1 + over_provisioning));
  }
  Bytes capacity() const { return mapping_unit * logical_units(); }
  /// Commands that the drive takes at once.
  std::int64_t commands() const {
    return interface == SsdInterface::sata ? ncq_depth : std::int64_t{queues} * queue_depth;
  }
};

inline auto SsdParams::fields() {
  using P = SsdParams;
  return std::tuple{
      field("interface", &P::interface, "how the host reaches it: SATA with NCQ, or NVMe on PCIe",
            configured()),
      field("sata_rate", &P::sata_rate, "byte rate of SATA after line coding, one direction at a time",
            datasheet("Serial ATA 3.x: 6 Gb/s, 8b/10b")),
      field("ncq_depth", &P::ncq_depth, "commands on SATA", datasheet("Serial ATA, NCQ: 32 tags")),
      field("frame_handshake", &P::frame_handshake, "of a SATA frame: X_RDY, R_RDY, WTRM, R_OK",
            assumed("4 KiB reads then end at about 110,000 per second; SATA drives are sold with 95,000 to "
                    "100,000")),
      field("pcie_rate", &P::pcie_rate, "byte rate of PCIe after line coding, each way",
            datasheet("PCIe 3.0: 4 lanes of 8 GT/s, 128b/130b")),
      field("queues", &P::queues, "NVMe submission queues",
            assumed("one for each processor of a small host")),
      field("queue_depth", &P::queue_depth, "commands in an NVMe queue",
            assumed("Linux asks for 1023; a drive has at most some hundred in work")),
      field("command_cost", &P::command_cost, "firmware: time until the next command can be taken",
            assumed("650,000 commands per second, the class of PCIe 3.0 drives")),
      field("command_latency", &P::command_latency,
            "firmware: what a command waits besides, others beside it",
            assumed("doorbell, fetch, map lookup, completion: 5 to 15 us")),
      field("channels", &P::channels, "buses from the controller to the flash", configured()),
      field("dies_per_channel", &P::dies_per_channel, "dies on a bus; each works for itself", configured()),
      field("planes_per_die", &P::planes_per_die, "planes, addressed together by multi-plane commands",
            datasheet("Micron MT29F128G08CBECB: 2")),
      field("blocks_per_plane", &P::blocks_per_plane, "erase blocks", configured()),
      field("pages_per_block", &P::pages_per_block, "pages of an erase block",
            datasheet("Micron MT29F128G08CBECB: 512")),
      field("page_size", &P::page_size, "data of a page", datasheet("Micron MT29F128G08CBECB: 16,384 bytes")),
      field("page_read", &P::page_read, "tR, from the array to the page register",
            datasheet("Samsung, 256 Gb 3-bit V-NAND of August 2019: below 45 us")),
      field("page_program", &P::page_program, "tPROG, of a page, in all planes at once",
            datasheet("Samsung, 256 Gb 3-bit V-NAND of August 2019: below 450 us")),
      field("block_erase", &P::block_erase, "tBERS, of a block, in all planes at once",
            datasheet("Micron MT29F128G08CBECB: 3 ms")),
      field("channel_rate", &P::channel_rate, "byte rate of a channel",
            datasheet("ONFI 4.0, NV-DDR3: 800 MT/s, 8 bits wide")),
      field("mapping_unit", &P::mapping_unit,
            "indirection unit: what the map places, and the least that is read",
            assumed("4 KiB, as most drives; 16 KiB and more in large ones of the 2020s")),
      field("over_provisioning", &P::over_provisioning,
            "flash beyond the capacity, as a fraction of the capacity",
            assumed("64 GiB of flash sold as 60 GB")),
      field("gc_policy", &P::gc_policy, "which block is collected: the emptiest, or age x (1 - u) / 2u",
            configured()),
      field("gc_start", &P::gc_start,
            "free blocks below which a die collects garbage, in pace with what is written to it",
            assumed(
                "one for the collector, one for the host, one of slack, so that writes seldom stall; more is "
                "over-provisioning that is not used")),
      field("gc_idle", &P::gc_idle, "free blocks up to which it collects when it has nothing else to do",
            configured()),
      field("copyback", &P::copyback, "collected pages stay inside the die, off the channel",
            assumed("off: controllers check and correct what they move")),
      field("read_burst", &P::read_burst, "reads in a row that a die puts before a program or an erase",
            assumed("as many as a program takes: under load each gets half the die")),
      field("write_buffer", &P::write_buffer, "DRAM that holds written data until they are programmed",
            assumed("what capacitors can save; more helps only bursts")),
      field("power_loss_protection", &P::power_loss_protection,
            "buffered data survive a power failure, so a flush has nothing to do", configured()),
      field("precondition", &P::precondition,
            "state at the start: empty, written once in order, or then overwritten at random for long",
            configured()),
  };
}

}  // namespace blkpath

/// What a device is described by that is known from measurements alone.
#pragma once
#include <array>
#include <vector>

#include "hw/quantile_table.hpp"
#include "model/core/params.hpp"

namespace blkpath {

/// By what an arm goes to the nearest of the queued commands.
enum class ArmOrder : std::uint8_t { fcfs, seek, access };
template <>
struct EnumNames<ArmOrder> {
  static constexpr std::array<std::pair<std::string_view, ArmOrder>, 3> names{
      {{"fcfs", ArmOrder::fcfs}, {"seek", ArmOrder::seek}, {"access", ArmOrder::access}}};
};

struct CalibratedParams {
  Bytes capacity = 1000_GB;
  int tags = 32;
  // The ways in: a drive has one, a stripe of drives several.
  int lanes = 1;
  Bytes stripe = 64_KiB;
  Time command_cost = 2700ns;
  ByteRate link_rate = 600_MBps;
  // What serves.
  int servers = 32;
  std::vector<QuantilePoint> read{{0, 80us}, {0.5, 100us}, {0.99, 150us}};
  std::vector<QuantilePoint> write{{0, 40us}, {0.5, 50us}, {0.99, 100us}};
  std::vector<QuantilePoint> read_sequential, write_sequential;
  Time read_per_kib{0}, write_per_kib{0};
  // An arm.
  Time turn{0};
  Time seek_base{0}, seek_full{0};
  Time write_seek_base{0}, write_seek_full{0};
  ArmOrder order = ArmOrder::access, write_order = ArmOrder::access;
  double miss = 0;
  int ahead = 1;
  Time max_age = 2s;
  // A write cache.
  Bytes write_buffer{0};
  std::vector<QuantilePoint> write_ack;
  double rewritten = 0;
  // Completions.
  int coalesce_from = 0;
  Time coalesce_time = 100us;

  static auto fields() {
    using P = CalibratedParams;
    const auto unfitted = [] { return assumed("a SATA SSD; to be fitted, `blkpath calibrate`"); };
    return std::tuple{
        field("capacity", &P::capacity, "bytes that can be addressed; an arm's stroke goes over all of them",
              configured()),
        field("tags", &P::tags, "commands that it takes; the others wait in order of arrival",
              datasheet("Serial ATA, native command queueing: 32")),
        field("lanes", &P::lanes, "drives or links side by side, each with a link, an arm and a buffer",
              configured()),
        field("stripe", &P::stripe, "bytes in a row on one lane", assumed("only with several lanes")),
        field(
            "command_cost", &P::command_cost, "of a command on its lane's link, beside the data",
            assumed("frames and handshakes of a SATA command, as in model ssd: 4 KiB reads end at 105,000 a "
                    "second")),
        field("link_rate", &P::link_rate, "payload rate of a lane's link, one transfer at a time",
              datasheet("Serial ATA 6 Gb/s, 8b/10b")),
        field("servers", &P::servers, "commands in service at once; not with an arm", unfitted()),
        field("read", &P::read, "quantiles of a read's service time, without link and arm", unfitted()),
        field("write", &P::write, "the same of a write; with a write buffer, of its way to the media",
              unfitted()),
        field("read_sequential", &P::read_sequential, "of a read that goes on where the last one ended",
              configured()),
        field("write_sequential", &P::write_sequential, "of a write that goes on where the last one ended",
              configured()),
        field("read_per_kib", &P::read_per_kib, "more of it for each KiB", unfitted()),
        field("write_per_kib", &P::write_per_kib, "more of it for each KiB", unfitted()),
        field("turn", &P::turn, "of the platters; 0: there is no arm", configured()),
        field("seek_base", &P::seek_base, "of the shortest seek, settling included", unfitted()),
        field("seek_full", &P::seek_full, "over the whole capacity; between them, by the square root",
              unfitted()),
        field("write_seek_base", &P::write_seek_base, "the same of a write", unfitted()),
        field("write_seek_full", &P::write_seek_full, "the same of a write; 0: as of a read", unfitted()),
        field("order", &P::order,
              "what a read's place in the queue is judged by: its age alone, the seek, seek and rotation",
              assumed("drives with NCQ or TCQ reorder by access time")),
        field("write_order", &P::write_order, "the same of a write", assumed("as of a read")),
        field("miss", &P::miss,
              "share of positionings after which the block has just gone by, and comes round a turn later",
              unfitted()),
        field("ahead", &P::ahead,
              "commands that are chosen before the one in service ends, and no longer displaced",
              fitted("latencies at 4 to 16 outstanding of the HGST HTS7210 of the fio-plot benchmarks")),
        field("max_age", &P::max_age, "a command that has waited this long goes first",
              assumed("keeps the farthest from starving")),
        field("write_buffer", &P::write_buffer,
              "each half of a lane's write buffer: one fills while the other one is written; 0: none",
              configured()),
        field("write_ack", &P::write_ack, "quantiles of what a buffered write takes", configured()),
        field("rewritten", &P::rewritten,
              "share of buffered writes whose blocks are in the buffer already: they cost the media nothing",
              configured()),
        field("coalesce_from", &P::coalesce_from,
              "with so many outstanding, completions are collected; 0: never", configured()),
        field("coalesce_time", &P::coalesce_time, "from the first collected completion to the interrupt",
              unfitted()),
    };
  }
  /// @throws std::invalid_argument
  void check() const;
};

}  // namespace blkpath

/// What an array is described by.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "hw/raid_layout.hpp"
#include "hw/raid_planner.hpp"
#include "model/core/params.hpp"

namespace blkpath {

/// A disk that fails, and when.
struct DiskFailure {
  std::int64_t disk = 0;
  Time at{0};
  static constexpr auto fields() { return std::tuple{&DiskFailure::disk, &DiskFailure::at}; }
  static std::string example() { return "[3, 10s]"; }
};

enum class WritePolicy : std::uint8_t { write_back, write_through, always_write_back };
template <>
struct EnumNames<WritePolicy> {
  static constexpr std::array<std::pair<std::string_view, WritePolicy>, 3> names{
      {{"write_back", WritePolicy::write_back},
       {"write_through", WritePolicy::write_through},
       {"always_write_back", WritePolicy::always_write_back}}};
};
enum class Battery : std::uint8_t { ok, failed, none };
template <>
struct EnumNames<Battery> {
  static constexpr std::array<std::pair<std::string_view, Battery>, 3> names{
      {{"ok", Battery::ok}, {"failed", Battery::failed}, {"none", Battery::none}}};
};
/// Which dirty page is destaged next: by address, going round; the one written longest ago; the one that
/// became dirty first.
enum class DestageOrder : std::uint8_t { elevator, lru, fifo };
template <>
struct EnumNames<DestageOrder> {
  static constexpr std::array<std::pair<std::string_view, DestageOrder>, 3> names{
      {{"elevator", DestageOrder::elevator}, {"lru", DestageOrder::lru}, {"fifo", DestageOrder::fifo}}};
};

struct EnclosureParams {
  RaidLevel level = RaidLevel::jbod;
  Bytes chunk = 64_KiB;
  Time command_cost = 20us;
  ParityWrite parity_write = ParityWrite::automatic;
  MirrorRead mirror_read = MirrorRead::in_turn;
  // Failures.
  std::vector<DiskFailure> failures;
  std::int64_t hot_spares = 0;
  ByteRate rebuild_rate{200 * 1024 * 1000};
  Bytes rebuild_chunk = 1_MiB;
  // The cache.
  Bytes cache_size{0};
  Bytes cache_page = 4_KiB;
  bool read_cache = true;
  Bytes read_ahead{0};
  WritePolicy write_policy = WritePolicy::write_back;
  Battery battery = Battery::ok;
  double write_share = 1;
  double high_water = 0.8, low_water = 0.6;
  DestageOrder destage = DestageOrder::elevator;
  std::int64_t destage_depth = 32;
  Time flush_interval = 4s;
  Time idle_after = 100ms;
  bool honour_flush = false;

  static auto fields() {
    using P = EnclosureParams;
    return std::tuple{
        field("level", &P::level, "how the disks are presented", configured()),
        field("chunk", &P::chunk, "bytes on one disk before the next one's turn (RAID)", configured()),
        field("command_cost", &P::command_cost, "controller time of one host command (RAID)",
              assumed("a controller of 50k commands per second")),
        field("parity_write", &P::parity_write,
              "what is read for the new parity of a part of a stripe; auto: from fewer disks, as Linux md "
              "(RAID "
              "5, 6)",
              configured()),
        field("mirror_read", &P::mirror_read, "which mirror is read (RAID 1, 10)", configured()),
        field("failures", &P::failures, "disks that fail: number and time, 0s for one that is missing",
              configured()),
        field("hot_spares", &P::hot_spares, "disks at the end of the count that stand in for one that fails",
              configured()),
        field("rebuild_rate", &P::rebuild_rate,
              "what is copied to a spare in a second, at most; Linux md's speed_limit_max", configured()),
        field("rebuild_chunk", &P::rebuild_chunk, "bytes of each disk that are copied to a spare at a time",
              configured()),
        field("cache_size", &P::cache_size, "memory for data in the controller; 0B: no cache", configured()),
        field("cache_page", &P::cache_page, "what is found, evicted and read at a time, 512B to 16KiB",
              configured()),
        field("read_cache", &P::read_cache, "what is read stays in the cache", configured()),
        field("read_ahead", &P::read_ahead, "bytes kept read ahead of a sequential reader; 0B: none",
              configured()),
        field("write_policy", &P::write_policy,
              "write_back: answered from the cache while the battery is ok; always_write_back: without one, "
              "too",
              configured()),
        field("battery", &P::battery, "what keeps the cache when power fails; a charged flash module is ok",
              configured()),
        field("write_share", &P::write_share, "of the cache, what may be dirty", configured()),
        field("high_water", &P::high_water, "dirty part of that share at which destaging begins",
              configured()),
        field("low_water", &P::low_water, "dirty part of that share at which it ends", configured()),
        field("destage", &P::destage, "which dirty page is destaged next: by address, or by age",
              configured()),
        field("destage_depth", &P::destage_depth, "pieces that are destaged at the same time", configured()),
        field("flush_interval", &P::flush_interval,
              "what is dirty is destaged so often, however little it is; 0s: never", configured()),
        field("idle_after", &P::idle_after, "so long after the last host command destaging begins; 0s: never",
              configured()),
        field("honour_flush", &P::honour_flush,
              "write-back: flush and FUA wait for the disks; arrays whose cache survives a power failure do "
              "not",
              configured()),
    };
  }
  bool writes_back() const {
    return cache_size > Bytes{0} && write_policy != WritePolicy::write_through &&
           (battery == Battery::ok || write_policy == WritePolicy::always_write_back);
  }
  bool redundant() const { return level != RaidLevel::jbod && level != RaidLevel::raid0; }
  /// @throws std::invalid_argument
  void check() const;
  /// The layout over so many disks, spares included. @throws ParameterError when the level cannot have them
  RaidLayout layout(std::int64_t disks) const;

 private:
  void check_set() const;
  void check_cache() const;
};

}  // namespace blkpath

#include "scenarios/disk_config.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <stdexcept>

namespace blkpath {
namespace {

template <class Value>
struct Named {
  std::string_view name;
  Value value;
};

struct Mode {
  std::string_view name;
  CacheMode mode;
  CacheFlags flags;
};
// QEMU's manual, "-drive cache=": columns cache.direct, cache.writeback and the inverse of cache.no-flush.
constexpr std::array kModes{
    Mode{"writeback", CacheMode::writeback, {false, true, true}},
    Mode{"none", CacheMode::none, {true, true, true}},
    Mode{"writethrough", CacheMode::writethrough, {false, false, true}},
    Mode{"directsync", CacheMode::directsync, {true, false, true}},
    Mode{"unsafe", CacheMode::unsafe, {false, true, false}},
};
constexpr std::array kOldModes{Named<CacheMode>{"on", CacheMode::writeback},
                               Named<CacheMode>{"off", CacheMode::none}};
constexpr std::array kAios{Named<Aio>{"threads", Aio::threads}, Named<Aio>{"native", Aio::native},
                           Named<Aio>{"io_uring", Aio::io_uring}, Named<Aio>{"posix", Aio::posix}};
constexpr std::array kBuses{Named<Bus>{"virtio", Bus::virtio_blk}, Named<Bus>{"ide", Bus::ide},
                            Named<Bus>{"virtio-blk", Bus::virtio_blk}};
constexpr std::array<std::string_view, 11> kOtherBuses{"scsi", "virtio-scsi", "sata",   "nvme", "usb", "sd",
                                                       "mtd",  "floppy",      "pflash", "xen",  "none"};
constexpr std::array<std::string_view, 14> kOtherFormats{"qcow2", "qcow",      "qed",   "vmdk",  "vdi",
                                                         "vhdx",  "vpc",       "luks",  "bochs", "cloop",
                                                         "dmg",   "parallels", "vvfat", "vhd"};

template <class Table>
const auto* find(const Table& table, std::string_view name) {
  const auto at = std::find_if(table.begin(), table.end(), [&](const auto& row) { return row.name == name; });
  return at == table.end() ? nullptr : &*at;
}

template <class Table>
std::vector<std::string> names(const Table& table) {
  std::vector<std::string> all;
  for (const auto& row : table) all.emplace_back(row.name);
  return all;
}

[[noreturn]] void reject(std::string_view text, std::string_view what, const std::vector<std::string>& good) {
  std::string list;
  for (std::size_t i = 0; i < good.size(); ++i)
    list.append(i == 0 ? "" : i + 1 == good.size() ? " or " : ", ").append("'" + good[i] + "'");
  throw std::invalid_argument("'" + std::string(text) + "' is not " + std::string(what) + "; use " + list +
                              "." + did_you_mean(text, good));
}
}  // namespace

CacheFlags cache_flags(CacheMode mode) {
  return std::find_if(kModes.begin(), kModes.end(), [&](const Mode& m) { return m.mode == mode; })->flags;
}

std::optional<CacheMode> cache_mode(CacheFlags flags) {
  for (const Mode& m : kModes)
    if (m.flags == flags) return m.mode;
  return std::nullopt;
}

CacheMode parse_cache_mode(std::string_view text) {
  if (const auto* mode = find(kModes, text)) return mode->mode;
  if (const auto* old = find(kOldModes, text)) return old->value;
  std::vector<std::string> good = names(kModes);
  good.emplace_back("on");
  good.emplace_back("off");
  reject(text, "a cache mode", good);
}

Aio parse_aio(std::string_view text) {
  if (const auto* aio = find(kAios, text)) return aio->value;
  reject(text, "an AIO driver", names(kAios));
}

Bus parse_bus(std::string_view text) {
  if (const auto* bus = find(kBuses, text)) return bus->value;
  if (std::find(kOtherBuses.begin(), kOtherBuses.end(), text) != kOtherBuses.end())
    throw std::invalid_argument("'" + std::string(text) + "' is not modelled yet; use 'virtio' or 'ide'");
  reject(text, "a bus", {"virtio", "ide"});
}

std::string parse_image_format(std::string_view text) {
  if (text == "raw") return "raw";
  if (std::find(kOtherFormats.begin(), kOtherFormats.end(), text) != kOtherFormats.end())
    throw std::invalid_argument("'" + std::string(text) + "' is not modelled yet; use 'raw'");
  reject(text, "an image format", {"raw"});
}

std::string format(CacheMode mode) {
  return std::string(
      std::find_if(kModes.begin(), kModes.end(), [&](const Mode& m) { return m.mode == mode; })->name);
}
std::string format(Aio aio) {
  return std::string(
      std::find_if(kAios.begin(), kAios.end(), [&](const auto& a) { return a.value == aio; })->name);
}
std::string format(Bus bus) { return bus == Bus::ide ? "ide" : "virtio"; }
std::string format(CacheFlags flags) {
  if (const auto mode = cache_mode(flags)) return format(*mode);
  const auto on_off = [](bool on) { return std::string(on ? "on" : "off"); };
  return "direct=" + on_off(flags.o_direct) + ",writeback=" + on_off(flags.write_cache_shown) +
         ",no-flush=" + on_off(!flags.flush_honoured);
}

void check(const DiskConfig& disk, const Place& place, bool allow_blocking_native) {
  if (disk.aio == Aio::native && !disk.cache.o_direct && !allow_blocking_native)
    throw ConfigError(
        place, "aio",
        "'native' needs O_DIRECT, and QEMU 2.6 and later refuse it with cache=" + format(disk.cache) +
            "; use for example 'cache=none,aio=native', or aio=threads or aio=io_uring");
  // virtio_blk_device_realize(): a power of two, more than 2, at most VIRTQUEUE_MAX_SIZE.
  if (disk.queue_size < 4 || disk.queue_size > 1024 ||
      !std::has_single_bit(static_cast<unsigned>(disk.queue_size)))
    throw ConfigError(
        place, "queue-size",
        "'" + std::to_string(disk.queue_size) + "' must be a power of two from 4 to 1024, for example '256'");
  if (disk.num_queues < 1 || disk.num_queues > 1024)
    throw ConfigError(place, "num-queues",
                      "'" + std::to_string(disk.num_queues) + "' must be from 1 to 1024, for example '4'");
}

}  // namespace blkpath

#include "hw/enclosure_params.hpp"

#include <bit>
#include <stdexcept>

namespace blkpath {

void EnclosureParams::check() const {
  check_set();
  check_cache();
}

void EnclosureParams::check_set() const {
  if (chunk.n < 512 || chunk.n % 512)
    throw std::invalid_argument("chunk: a multiple of 512B, for example 64KiB");
  if (rebuild_chunk.n < 512 || rebuild_chunk.n % 512 || rebuild_chunk > 1_GiB)
    throw std::invalid_argument("rebuild_chunk: a multiple of 512B up to 1GiB, for example 1MiB");
  if (hot_spares < 0 || (hot_spares > 0 && !redundant()))
    throw std::invalid_argument(
        "hot_spares: 0 or more, and a level that survives a failure, for example raid5");
  for (std::size_t i = 0; i < failures.size(); ++i) {
    if (failures[i].disk < 0 || failures[i].at < Time{0})
      throw std::invalid_argument("failures: disks from 0 on, and times from 0s on, for example [[3, 10s]]");
    for (std::size_t k = 0; k < i; ++k)
      if (failures[k].disk == failures[i].disk)
        throw std::invalid_argument("failures: disk " + std::to_string(failures[i].disk) +
                                    " is named twice; a disk fails once, for example [[3, 10s]]");
  }
}

void EnclosureParams::check_cache() const {
  if (cache_page.n < 512 || cache_page > 16_KiB ||
      !std::has_single_bit(static_cast<std::uint64_t>(cache_page.n)))
    throw std::invalid_argument("cache_page: a power of two from 512B to 16KiB, for example 4KiB");
  if (cache_size != Bytes{0} && (cache_size < cache_page || cache_size / cache_page > 1ll << 30))
    throw std::invalid_argument("cache_size: from one page on, and at most 2^30 of them, for example 256MiB");
  if (cache_size > Bytes{0} && level == RaidLevel::jbod)
    throw std::invalid_argument("cache_size: a JBOD has no controller; a level with one is raid0");
  if (read_ahead < Bytes{0} || read_ahead > Bytes{cache_size.n / 2})
    throw std::invalid_argument("read_ahead: at most half of cache_size, for example 256KiB");
  if (!(write_share > 0 && write_share <= 1))
    throw std::invalid_argument("write_share: above 0, at most 1, for example 0.75");
  if (!(low_water >= 0 && low_water <= high_water && high_water <= 1))
    throw std::invalid_argument("0 <= low_water <= high_water <= 1 must hold, for example 0.6 and 0.8");
  if (destage_depth < 1 || destage_depth > 1024)
    throw std::invalid_argument("destage_depth: 1 to 1024, for example 32");
  if (flush_interval < Time{0} || idle_after < Time{0})
    throw std::invalid_argument("flush_interval and idle_after: 0s or more, for example 4s and 100ms");
}

RaidLayout EnclosureParams::layout(std::int64_t disks) const {
  const std::int64_t members = disks - hot_spares;
  if (!RaidLayout::fits(level, members))
    throw ParameterError("level",
                         std::string(enum_name(level)) + " cannot be built from " + std::to_string(members) +
                             " disks" +
                             (hot_spares > 0 ? " and " + std::to_string(hot_spares) + " spares" : "") +
                             "; give the disk stage a count of at least " +
                             std::to_string(RaidLayout::least_members(level) + hot_spares) +
                             (level == RaidLevel::raid10 ? ", even without spares" : ""),
                         "jbod");
  for (const DiskFailure& f : failures)
    if (f.disk >= members)
      throw ParameterError("failures",
                           "disk " + std::to_string(f.disk) + " fails, but the set's disks are 0 to " +
                               std::to_string(members - 1),
                           "[[0, 10s]]");
  return {level, members, chunk};
}

}  // namespace blkpath

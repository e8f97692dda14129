#include "hw/ssd_params.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace blkpath {
namespace {

void require(bool good, const char* problem) {
  if (!good) throw std::invalid_argument(problem);
}

}  // namespace

void SsdParams::check() const {
  require(ncq_depth >= 1 && ncq_depth <= 32, "ncq_depth: 1 to 32, for example 32");
  require(queues >= 1 && queues <= 65535, "queues: 1 to 65535, for example 8");
  require(queue_depth >= 1 && queue_depth <= 65535, "queue_depth: 1 to 65535, for example 128");
  require(channels >= 1, "channels: at least 1, for example 8");
  require(dies_per_channel >= 1, "dies_per_channel: at least 1, for example 2");
  require(dies() <= 4096, "channels, dies_per_channel: at most 4096 dies in all, for example 8 and 2");
  require(planes_per_die >= 1 && planes_per_die <= 16, "planes_per_die: 1 to 16, for example 2");
  require(pages_per_block >= 2 && pages_per_block <= 65536, "pages_per_block: 2 to 65536, for example 512");
  require(blocks_per_plane >= 1 && blocks_per_plane <= 65536,
          "blocks_per_plane: 1 to 65536, for example 256");
  require(mapping_unit.n >= 512 && mapping_unit.n % 512 == 0,
          "mapping_unit: a multiple of 512B, for example 4KiB");
  require(page_size >= mapping_unit && page_size.n % mapping_unit.n == 0 && page_size <= 1024_KiB,
          "page_size: a multiple of mapping_unit, at most 1MiB, for example 16KiB");
  require(over_provisioning > 0 && over_provisioning <= 10,
          "over_provisioning: above 0 and at most 10, for example 0.145");
  require(dies() * blocks_per_plane * block_units() < std::int64_t{1} << 31,
          "the flash has 2^31 mapping units or more; fewer blocks_per_plane, for example 256, behave alike");
  require(gc_start >= 2, "gc_start: at least 2, one block is kept for the collector; for example 3");
  require(gc_idle >= 0, "gc_idle: not below 0, which is never; for example 8");
  require(read_burst >= 1, "read_burst: at least 1, for example 10");
  require(write_buffer.n >= mapping_unit.n * page_units() && write_buffer <= 4_GiB,
          "write_buffer: at least a page of each plane of a die and at most 4GiB, for example 8MiB");
  // A collected block must yield a page at least. When the free blocks, a block half written by the host and
  // one by the collector are put aside, what is left must hold the data with a page of each block to spare.
  const std::int64_t aside = std::max(gc_start, gc_idle) + std::int64_t{2};
  require(blocks_per_plane >= aside + 2,
          "blocks_per_plane: at least four more than gc_start and gc_idle, for example 256");
  const auto units = static_cast<double>(blocks_per_plane * block_units());
  const auto most = static_cast<double>((blocks_per_plane - aside) * (block_units() - page_units()));
  if (units / (1 + over_provisioning) > most)
    throw std::invalid_argument(
        "over_provisioning: too little for the blocks that gc_start or gc_idle keep free, and two more; for "
        "example " +
        shortest_real(std::ceil((units / most - 1) * 100 + 1) / 100));
}

}  // namespace blkpath

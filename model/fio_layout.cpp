#include "model/fio_layout.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>

namespace blkpath {
namespace {
[[noreturn]] void refuse(const JobSpec& job, const std::string& problem) {
  throw std::invalid_argument("job '" + job.name + "': " + problem);
}

Bytes smallest_block(const JobSpec& job) {
  Bytes smallest{std::numeric_limits<std::int64_t>::max()};
  for (std::size_t d = 0; d < kDirs; ++d) {
    if (!job.does[d]) continue;
    if (job.bs[d].split.empty()) smallest = std::min(smallest, job.bs[d].min);
    for (const BlockSizeShare& share : job.bs[d].split) smallest = std::min(smallest, share.size);
  }
  return smallest;
}

void check_blocks(const JobSpec& job) {
  if (std::none_of(job.does.begin(), job.does.end(), [](bool b) { return b; })) refuse(job, "it does no I/O");
  const auto bad = [](Bytes b) { return b.n <= 0 || b.n > std::numeric_limits<std::uint32_t>::max(); };
  for (std::size_t d = 0; d < kDirs; ++d) {
    if (!job.does[d]) continue;
    const BlockSizes& bs = job.bs[d];
    if (bad(bs.min) || bad(bs.max) || bs.min > bs.max)
      refuse(job, "block sizes from " + format(bs.min) + " to " + format(bs.max));
    for (const BlockSizeShare& share : bs.split)
      if (bad(share.size)) refuse(job, "a block size of " + format(share.size));
  }
}

void check_depths(const JobSpec& job) {
  if (job.iodepth < 1) refuse(job, "iodepth=" + std::to_string(job.iodepth) + " is below 1");
  if (job.numjobs < 1) refuse(job, "numjobs=" + std::to_string(job.numjobs) + " is below 1");
}

/// Clone number `k` of a replay, which has the device to itself.
JobSpec replay_clone(const JobSpec& job, int k, Bytes device) {
  JobSpec one = job;
  one.numjobs = 1;
  one.offset = one.offset_increment = Bytes{0};
  one.size = device;
  one.replay->files = {job.replay->files[static_cast<std::size_t>(k) % job.replay->files.size()]};
  return one;
}

/// Offset and size of clone number `k`, in bytes.
JobSpec clone(const JobSpec& job, int k, Bytes device) {
  JobSpec one = job;
  one.numjobs = 1;
  const Bytes block = smallest_block(job);
  if (job.offset_percent > 0) {
    one.offset = Bytes{device.n * job.offset_percent / 100};
    one.offset -= one.offset % block;
  }
  one.offset += job.offset_increment * k;
  one.offset_increment = Bytes{0};
  one.offset_percent = 0;
  Bytes size = device - one.offset;
  if (job.size_percent > 0) size = Bytes{device.n * job.size_percent / 100};
  if (job.size) size = *job.size;
  size -= size % block;
  one.size = size;
  one.size_percent = 0;
  if (one.offset.n < 0 || (one.offset + size) > device || one.offset >= device)
    refuse(job, "offset " + format(one.offset) + " and size " +
                    format(Bytes{std::max<std::int64_t>(size.n, 0)}) +
                    " reach beyond the device, which has " + format(device));
  if (size < block) refuse(job, "size " + format(size) + " holds no block of " + format(block));
  return one;
}
}  // namespace

FioLayout lay_out(const std::vector<JobSpec>& specs, Bytes device_size) {
  FioLayout layout;
  int phase = 0;
  for (const JobSpec& job : specs) {
    check_depths(job);
    if (!job.replay) check_blocks(job);
    for (int k = 0; k < job.numjobs; ++k) {
      if (k == 0 && job.stonewall && !layout.jobs.empty()) ++phase;
      layout.jobs.push_back(job.replay ? replay_clone(job, k, device_size) : clone(job, k, device_size));
      layout.phases.push_back(phase);
    }
  }
  if (layout.jobs.empty()) throw std::invalid_argument("a run needs at least one job");
  return layout;
}

}  // namespace blkpath

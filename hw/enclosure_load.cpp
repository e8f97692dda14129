#include "hw/enclosure_load.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "hw/raid_planner.hpp"

namespace blkpath {
namespace {

/// Disk I/Os and their bytes.
struct Cost {
  double reads = 0, writes = 0, bytes = 0;
  void add(const DiskPlan& plan) {
    for (const DiskIo& io : plan) {
      (io.op == Op::read ? reads : writes) += 1;
      bytes += static_cast<double>(io.length);
    }
  }
  void scale(double by) {
    reads *= by;
    writes *= by;
    bytes *= by;
  }
};

void plan_write(RaidPlanner& planner, const RaidLayout& layout, std::int64_t offset, std::int64_t length,
                DiskPlan& plan) {
  if (layout.parities() == 0) return planner.write(Op::write, offset, length, plan);
  layout.for_stripes(offset, length, [&](const StripeExtent& e) {
    planner.read_before(e, plan);
    planner.write_stripe(e, plan);
  });
}

/// Of one request, over all places at which requests of this size lie until rotation and alignment repeat, or
/// enough of them. What is shorter than a chunk lies inside one.
Cost mean_cost(RaidPlanner& planner, const RaidLayout& layout, Op op, std::int64_t length) {
  const std::int64_t step = std::max(length, layout.chunk());
  const std::int64_t round = layout.stripe_bytes() * layout.members();
  const std::int64_t places = std::clamp<std::int64_t>(std::lcm(step, round) / step, 1, 4096);
  Cost cost;
  DiskPlan plan;
  for (std::int64_t i = 0; i < places; ++i) {
    plan.clear();
    if (op == Op::read)
      planner.read(i * step, length, plan);
    else
      plan_write(planner, layout, i * step, length, plan);
    cost.add(plan);
  }
  cost.scale(1 / static_cast<double>(places));
  return cost;
}

}  // namespace

LoadShape disk_load(const EnclosureParams& p, std::int64_t disks, const LoadShape& load) {
  if (p.level == RaidLevel::jbod) return load;
  const RaidLayout layout = p.layout(disks);
  RaidMembers members(layout);
  std::int64_t missing = 0;
  for (const DiskFailure& f : p.failures)
    if (f.at == Time{0} && missing++ >= p.hot_spares) members.fail(f.disk);
  LoadShape below = load;
  if (members.offline()) return below;
  const std::vector<std::int32_t> in_flight(static_cast<std::size_t>(disks));
  RaidPlanner planner(layout, members, p.parity_write, p.mirror_read, in_flight);

  const std::int64_t length = std::max<std::int64_t>(512, std::llround(load.block_size / 512) * 512);
  Cost read = mean_cost(planner, layout, Op::read, length);
  // Sequential writes meet in a cache and are destaged a stripe at a time.
  const std::int64_t piece =
      p.writes_back() && !load.random ? std::max(length, layout.stripe_bytes()) : length;
  Cost write = mean_cost(planner, layout, Op::write, piece);
  write.scale(static_cast<double>(length) / static_cast<double>(piece));
  read.scale(load.read_fraction);
  write.scale(1 - load.read_fraction);
  const double reads = read.reads + write.reads, ios = reads + read.writes + write.writes;
  below.read_fraction = reads / ios;
  below.block_size = (read.bytes + write.bytes) / ios;
  if (p.writes_back() && p.destage == DestageOrder::elevator && load.read_fraction < 1)
    below.scattered = false;
  // The bound adds up what the disks can do, all of them; those that idle leave more for the others.
  std::int64_t working = layout.members();
  for (std::int64_t m = 0; m < layout.members(); ++m) working -= members.failed(m);
  below.per_io *= ios * static_cast<double>(disks) / static_cast<double>(working);
  return below;
}

}  // namespace blkpath

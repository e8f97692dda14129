#include "model/job_stats.hpp"

#include <algorithm>

namespace blkpath {
namespace {
constexpr std::array<std::int64_t, 12> kBounds{2, 4, 10, 20, 50, 100, 250, 500, 750, 1000, 2000, 0};

std::size_t class_of(std::int64_t value, std::size_t classes) {
  std::size_t i = 0;
  while (i + 1 < classes && value >= kBounds[i]) ++i;
  return i;
}
template <class A>
void add(A& to, const A& from) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
}
}  // namespace

void JobStats::add_lat_class(Time lat) {
  const std::int64_t ns = lat.count();
  if (ns < 1000)
    ++lat_ns[class_of(ns, lat_ns.size())];
  else if (ns < 1'000'000)
    ++lat_us[class_of(ns / 1000, lat_us.size())];
  else
    ++lat_ms[class_of(ns / 1'000'000, lat_ms.size())];
}

void JobStats::merge(const JobStats& o) {
  jobs += o.jobs;
  if (error == 0) error = o.error;
  for (std::size_t d = 0; d < kDirs; ++d) {
    DirStats& to = dir[d];
    const DirStats& from = o.dir[d];
    to.ios += from.ios;
    to.short_ios += from.short_ios;
    to.drop_ios += from.drop_ios;
    to.bytes += from.bytes;
    to.runtime = std::max(to.runtime, from.runtime);
    to.slat.merge(from.slat);
    to.clat.merge(from.clat);
    to.lat.merge(from.lat);
    to.bw_kib.add_parallel(from.bw_kib);
    to.iops.add_parallel(from.iops);
  }
  sync_lat.merge(o.sync_lat);
  total_syncs += o.total_syncs;
  add(depth, o.depth);
  add(submit, o.submit);
  add(complete, o.complete);
  submit_calls += o.submit_calls;
  complete_calls += o.complete_calls;
  add(lat_ns, o.lat_ns);
  add(lat_us, o.lat_us);
  add(lat_ms, o.lat_ms);
  job_runtime += o.job_runtime;  // as fio: usr_cpu and sys_cpu are shares of the sum
  usr_cpu += o.usr_cpu;
  sys_cpu += o.sys_cpu;
  context_switches += o.context_switches;
}

}  // namespace blkpath

#include "scenarios/fio_grid_run.hpp"

#include "model/core/registry.hpp"
#include "model/core/sim.hpp"
#include "model/fio_run.hpp"

namespace blkpath {
namespace {

JobSpec job_of(const GridCell& cell) {
  JobSpec job;
  job.random = cell.random;
  job.does = {cell.dir == Dir::read, cell.dir == Dir::write, false};
  for (BlockSizes& bs : job.bs) bs = {cell.block, cell.block, {}};
  job.iodepth = cell.iodepth;
  job.numjobs = cell.numjobs;
  job.direct = true;
  job.engine = IoEngine::libaio;
  job.runtime = cell.runtime;
  job.time_based = true;
  job.random_map = false;  // of hundreds of GiB, for each job; what is read twice matters to no device here
  return job;
}

ConfigMap costs(std::initializer_list<std::pair<const char*, Time>> times) {
  ConfigMap map;
  for (const auto& [key, time] : times)
    map.entries.emplace_back(key, ConfigValue{format(time), {}, false, {}, {}});
  return map;
}

using StagePtr = decltype(Built::stage);

/// The devices, before them the enclosure if there is one.
std::vector<StagePtr> make_devices(const GridRun& run) {
  std::vector<StagePtr> stages;
  if (run.array)
    stages.push_back(find_model("enclosure", run.array->enclosure.place, "array")
                         .make(run.array->enclosure, "array")
                         .stage);
  for (int i = 0; i < (run.array ? run.array->devices : 1); ++i)
    stages.push_back(find_model("calibrated", run.device.place, "device").make(run.device, "device").stage);
  return stages;
}
Bytes size_of(const std::vector<StagePtr>& stages) {
  std::vector<Luns> devices;
  for (std::size_t i = 1; i < stages.size(); ++i) devices.push_back(stages[i]->luns({}));
  return stages.front()->luns(devices).each;
}

}  // namespace

GridCell simulate_cell(const GridCell& cell, const GridRun& run) {
  constexpr int kEventsPerLook = 4096;
  Sim sim(run.seed);
  std::vector<StagePtr> devices = make_devices(run);
  FioRun fio({job_of(cell)}, {run.host.prepare, run.host.reap / 2}, size_of(devices));
  const std::vector<StageId> threads = fio.add_to(sim);
  const auto add = [&](const char* model, const ConfigMap& params, const std::string& name) {
    return sim.add(find_model(model, {}, name).make(params, name).stage, name, model);
  };
  // Only the sums are known. How engine and block layer share the submitting call shows in no cell; of the
  // reaping half is taken to come before clat ends, a guess that moves clat by a microsecond or two.
  std::vector<StageId> engines;
  for (std::size_t i = 0; i < threads.size(); ++i) {
    engines.push_back(add("linux_aio",
                          costs({{"submit_cost", run.host.submit / 5}, {"reap_cost", run.host.reap / 2}}),
                          "engine[" + std::to_string(i) + "]"));
    sim.connect(threads[i], engines[i]);
  }
  ConfigMap block = costs({{"submit_cost", run.host.submit - run.host.submit / 5}});
  block.entries.emplace_back("queue_depth",
                             ConfigValue{"65536", {}, false, {}, {}});  // tags are the device's
  const StageId queue = add("block_queue", block, "block");
  for (const StageId engine : engines) sim.connect(engine, queue);
  StageId first{};
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const StageId id =
        sim.add(std::move(devices[i]), i == 0 ? "device" : "disk[" + std::to_string(i - 1) + "]",
                i == 0 ? "device" : "disk");
    if (i == 0) first = id;
    sim.connect(i == 0 ? queue : first, id);
  }
  sim.start();
  while (!fio.done() && !sim.idle()) {
    sim.run_events(kEventsPerLook);
    if (!fio.done() && fio.measured_ios() >= run.ios) fio.request_stop();
  }
  if (!fio.done()) throw std::runtime_error("the path of a grid's cell came to a standstill");
  JobStats all;
  for (const JobStats& job : fio.stats()) all.merge(job);
  const DirStats& dir = all.dir[static_cast<std::size_t>(cell.dir)];
  GridCell out = cell;
  out.iops = static_cast<double>(dir.ios) / std::max(1e-9, seconds(fio.measured_time()));
  out.slat_us = dir.slat.mean_ns() * 1e-3;
  out.clat_us = dir.clat.mean_ns() * 1e-3;
  out.p50_us = micros(dir.clat.percentile(50));
  out.p99_us = micros(dir.clat.percentile(99));
  out.p999_us = micros(dir.clat.percentile(99.9));
  out.usr_percent = out.sys_percent = 0;
  return out;
}

}  // namespace blkpath

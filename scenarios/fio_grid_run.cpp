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

ConfigMap settings(std::initializer_list<std::pair<const char*, std::string>> values) {
  ConfigMap map;
  for (const auto& [key, value] : values)
    map.entries.emplace_back(key, ConfigValue{value, {}, false, {}, {}});
  return map;
}

}  // namespace

GridCell simulate_cell(const GridCell& cell, const GridRun& run) {
  constexpr int kEventsPerLook = 4096;
  Sim sim(run.seed);
  const auto make = [](const char* model, const ConfigMap& params, const std::string& name) {
    return find_model(model, params.place, name).make(params, name).stage;
  };
  const int members = run.stripe ? run.stripe->devices : 1;
  auto first = make("calibrated", run.device, "device");
  FioRun fio({job_of(cell)}, {run.host.prepare, run.host.reap / 2}, first->luns({}).each * members);
  const std::vector<StageId> threads = fio.add_to(sim);
  // Only the sums are known. How engine and block layer share the submitting call shows in no cell; of the
  // reaping half is taken to come before clat ends, a guess that moves clat by a microsecond or two.
  const Time call = run.host.submit / 5;
  const ConfigMap engine =
      settings({{"submit_cost", format(call)}, {"reap_cost", format(run.host.reap / 2)}});
  std::vector<StageId> engines;
  for (std::size_t i = 0; i < threads.size(); ++i) {
    const std::string name = "engine[" + std::to_string(i) + "]";
    engines.push_back(sim.add(make("linux_aio", engine, name), name, "linux_aio"));
    sim.connect(threads[i], engines[i]);
  }
  const StageId queue = sim.add(make("block_queue",
                                     settings({{"submit_cost", format(run.host.submit - call)},
                                               {"queue_depth", "65536"}}),  // tags are the device's
                                     "block"),
                                "block", "block_queue");
  StageId top = queue, bottom = queue;
  if (run.stripe) {
    top = sim.add(make("dm_striped",
                       settings({{"members", std::to_string(members)}, {"chunk", format(run.stripe->chunk)}}),
                       "stripe"),
                  "stripe", "dm_striped");
    sim.connect(top, queue);
    bottom = sim.add(make("enclosure", settings({{"level", "jbod"}}), "lun"), "lun", "enclosure");
    sim.connect(queue, bottom);  // which passes each on to its device
  }
  for (const StageId id : engines) sim.connect(id, top);
  for (int i = 0; i < members; ++i) {
    const std::string name = members == 1 ? "device" : "device[" + std::to_string(i) + "]";
    const StageId id =
        sim.add(i == 0 ? std::move(first) : make("calibrated", run.device, "device"), name, "device");
    sim.connect(bottom, id);
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

// The whole path, guest to platter: the 2008 scenario with linux-aio on 14 disks at iodepth 74, in simulated
// I/Os per CPU second. The argument is the simulated time in seconds; what is built beforehand is not timed.
#include <benchmark/benchmark.h>

#include "scenarios/simulation.hpp"

namespace {

using namespace blkpath;

void path(benchmark::State& state, const char* name) {
  Overrides overrides;
  overrides.sets = {"job.runtime=" + std::to_string(state.range(0)) + "s"};
  const Scenario scenario = load_scenario(
      std::string(BLKPATH_SOURCE_DIR) + "/scenarios/qemu-aio-2008/" + name + ".yaml", overrides);
  std::int64_t ios = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto simulation = std::make_unique<Simulation>(scenario);
    state.ResumeTiming();
    for (const JobStats& job : simulation->run().jobs)
      for (const DirStats& dir : job.dir) ios += dir.ios;
    state.PauseTiming();
    simulation.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(ios);
}

BENCHMARK_CAPTURE(path, linux_aio_randwrite, "kvm-none-linux-aio-randwrite")->Arg(120);
BENCHMARK_CAPTURE(path, linux_aio_write, "kvm-none-linux-aio-write")->Arg(60);
BENCHMARK_CAPTURE(path, bare_randwrite, "bare-randwrite")->Arg(120);
BENCHMARK_CAPTURE(path, writeback_randwrite, "kvm-writeback-posix-aio-randwrite")->Arg(60);

}  // namespace

// What an I/O of a SimGrid actor costs: through the bridge alone, and over SimGrid's network.
//
//     blkpath_simgrid_bench bridge|network [I/Os, 200000]
//
// SimGrid has one engine in a process's life, so this is no Google Benchmark. Figures in processor time.
#include <fmt/format.h>

#include <cstdlib>
#include <ctime>
#include <string>

#include "model/core/simgrid_network.hpp"
#include "model/core/test/stages.hpp"

namespace {

using namespace blkpath;
namespace sg = simgrid::s4u;
constexpr int kActors = 32;

double run(bool over_network, int ios) {
  int argc = 2;
  char name[] = "bench", quiet[] = "--log=root.thres:warning";
  char* argv[] = {name, quiet, nullptr};
  sg::Engine engine(&argc, argv);
  sg::Engine::set_config("network/model:CM02");
  sg::Engine::set_config("network/crosstraffic:0");
  sg::Engine::set_config("network/TCP-gamma:0");
  auto* const zone = sg::create_full_zone("zone");
  auto* const client = zone->create_host("client", 1e9)->seal();
  auto* const server = zone->create_host("server", 1e9)->seal();
  const sg::LinkInRoute link{zone->create_link("link", 1.25e9)->set_latency(10e-6)->seal()};
  zone->add_route(client->get_netpoint(), server->get_netpoint(), nullptr, nullptr, {link}, true);
  zone->seal();

  Sim sim(1);
  SimgridBridge bridge(sim);
  auto owned = std::make_unique<ActorPort>(bridge);
  ActorPort* const port = owned.get();
  StageId above = sim.add(std::move(owned), "port", "port");
  if (over_network) {
    const StageId net = sim.add(std::make_unique<SimgridNetwork>(bridge, client, server), "net", "net");
    sim.connect(above, net);
    above = net;
  }
  sim.connect(above, sim.add(std::make_unique<test::Hold>(100us), "storage", "storage"));
  sim.start();
  for (int a = 0; a < kActors; ++a)
    sg::Actor::create("reader", client, [port, a, ios] {
      sg::this_actor::sleep_for(a * 3e-6);
      for (int i = a; i < ios; i += kActors) port->read(0_B, 4_KiB);
    });
  const std::clock_t begin = std::clock();
  engine.run();
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "network";
  const int ios = argc > 2 ? std::atoi(argv[2]) : 200'000;
  if ((what != "bridge" && what != "network") || ios < 1) {
    fmt::print(stderr, "usage: blkpath_simgrid_bench bridge|network [I/Os]\n");
    return 2;
  }
  const double seconds = run(what == "network", ios);
  fmt::print("{}: {} I/Os of {} actors, {:.0f} per second of processor time\n", what, ios, kActors,
             ios / seconds);
}

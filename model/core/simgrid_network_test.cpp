#include "model/core/simgrid_network.hpp"

#include <gmock/gmock.h>

#include <cerrno>

#include "model/core/test/simgrid_world.hpp"

namespace blkpath {
namespace {

using namespace test;

/// A client and a server with a link of 1 Gb/s and 50 us that both directions share: a byte takes 8 ns. The
/// server's storage takes 100 us for each request, however many there are.
struct NetWorld {
  explicit NetWorld(Time storage = 100us) {
    engine.set_config("network/model:CM02");
    engine.set_config("network/crosstraffic:0");
    engine.set_config("network/TCP-gamma:0");
    auto* const zone = sg::create_full_zone("zone");
    client = zone->create_host("client", 1e9)->seal();
    server = zone->create_host("server", 1e9)->seal();
    link = zone->create_link("link", 125e6)->set_latency(50e-6)->seal();
    zone->add_route(client->get_netpoint(), server->get_netpoint(), nullptr, nullptr, {sg::LinkInRoute(link)},
                    true);
    zone->seal();
    auto top = std::make_unique<ActorPort>(bridge);
    port = top.get();
    auto between = std::make_unique<SimgridNetwork>(bridge, client, server);
    net = between.get();
    const StageId id = sim.add(std::move(between), "net", "net");
    sim.connect(sim.add(std::move(top), "port", "port"), id);
    sim.connect(id, sim.add(std::make_unique<Hold>(storage), "storage", "storage"));
    sim.start();
  }
  void actor(const std::string& name, std::function<void()> body) {
    sg::Actor::create(name, client, std::move(body));
  }
  double stat(std::size_t i) const { return net->stats().at(i).value; }
  sg::Engine engine = make_engine();
  Sim sim{1};
  SimgridBridge bridge{sim};
  ActorPort* port;
  SimgridNetwork* net;
  sg::Host *client, *server;
  sg::Link* link;
};
// With the reply's 16 bytes, or the request's 28, a millisecond on the link.
constexpr Bytes kRead{125'000 - 16}, kWrite{125'000 - 28};

TEST(SimgridNetwork, ARequestIsACommunicationEachWay) {
  in_child([] {
    NetWorld w;
    w.actor("io", [&] {
      const IoResult read = w.port->read(0_B, kRead);
      EXPECT_EQ(read.error, 0);
      EXPECT_EQ(read.latency, 1'200'224ns);  // 50 us + 28 x 8, 100 us, 50 us + 1 ms
      EXPECT_EQ(clock_now(), 1'200'224ns);
      EXPECT_EQ(w.port->write(0_B, kWrite).latency, 1'200'128ns);  // 50 us + 1 ms, 100 us, 50 us + 16 x 8
      EXPECT_EQ(w.port->flush().latency, 200'352ns);               // 50 us + 224, 100 us, 50 us + 128
    });
    w.engine.run();
    EXPECT_EQ(w.bridge.in_flight(), 0u);
    EXPECT_EQ(w.stat(0), 6);
    EXPECT_EQ(w.stat(1), 0);
  });
}

// Each has half of the link: 448 ns there and 2 ms back, where one alone takes 224 ns and 1 ms.
TEST(SimgridNetwork, TwoRequestsTakeTwiceAsLongOnTheLink) {
  in_child([] {
    NetWorld w;
    for (const char* name : {"a", "b"})
      w.actor(name, [&] {
        EXPECT_EQ(w.port->read(0_B, kRead).latency, 2'200'448ns);
        EXPECT_EQ(clock_now(), 2'200'448ns);
      });
    w.engine.run();
  });
}

TEST(SimgridNetwork, AnotherActorsTransferTakesItsShare) {
  in_child([] {
    NetWorld w;
    w.actor("bulk", [&] { sg::Comm::sendto(w.server, w.client, 12'500'000); });  // 100 ms alone
    w.actor("io", [&] {
      sg::this_actor::sleep_for(0.01);
      EXPECT_EQ(w.port->read(0_B, kRead).latency, 2'200'448ns);
    });
    w.engine.run();
  });
}

// The answer is on the link from 200,224 on. A transfer that begins in the middle of it, at 700,224, has its
// share from 750,224 on; 550,000 ns of the answer are there, and the rest takes twice as long.
TEST(SimgridNetwork, ATransferThatBeginsLaterSlowsTheRest) {
  in_child([] {
    NetWorld w;
    w.actor("bulk", [&] {
      sg::this_actor::sleep_for(700'224e-9);
      sg::Comm::sendto(w.server, w.client, 12'500'000);
    });
    w.actor("io", [&] { EXPECT_EQ(w.port->read(0_B, kRead).latency, 1'650'224ns); });
    w.engine.run();
  });
}

TEST(SimgridNetwork, ALinkThatIsSwitchedOffFailsWhatIsOnItAtThatInstant) {
  in_child([] {
    NetWorld w;
    w.actor("operator", [&] {
      sg::this_actor::sleep_for(500e-6);
      w.link->turn_off();
      sg::this_actor::sleep_for(1e-3);
      w.link->turn_on();
    });
    w.actor("io", [&] {
      const IoResult under_way = w.port->read(0_B, kRead);
      EXPECT_EQ(under_way.error, EIO);
      EXPECT_EQ(clock_now(), 500us);
      const IoResult off = w.port->read(0_B, kRead);
      EXPECT_EQ(off.error, EIO);
      EXPECT_EQ(off.latency, 0ns);
      sg::this_actor::sleep_for(1.5e-3);
      EXPECT_EQ(w.port->read(0_B, kRead).latency, 1'200'224ns);
    });
    w.engine.run();
    EXPECT_EQ(w.stat(1), 2);
    EXPECT_EQ(w.sim.open_requests(), 0u);
  });
}

// The transfer goes on without the actor, and takes half of the link from the other one's.
TEST(SimgridNetwork, AKilledActorLeavesItsRequestOnTheNetwork) {
  in_child([] {
    NetWorld w;
    w.actor("victim", [&] { w.port->read(0_B, kRead); });
    w.actor("io", [&] { EXPECT_EQ(w.port->read(0_B, kRead).latency, 2'200'448ns); });
    w.actor("killer", [] {
      sg::this_actor::sleep_for(300e-6);
      sg::Actor::by_pid(1)->kill();
    });
    w.engine.run();
    EXPECT_EQ(w.bridge.in_flight(), 0u);
    EXPECT_EQ(w.sim.open_requests(), 0u);
  });
}

// Between an actor that sleeps, one that computes and the network, nobody sees the clock run back or skip.
TEST(SimgridNetwork, StorageAndActorsSeeOneOrderOfEvents) {
  in_child([] {
    NetWorld w;
    std::vector<std::string> log;
    const auto note = [&](const std::string& what) { log.push_back(what + " " + format(clock_now())); };
    w.actor("io", [&] {
      w.port->flush();
      note("flush");
      w.port->flush();
      note("flush");
    });
    for (const Time at : {Time{100us}, Time{200'342ns}, Time{200'362ns}, Time{300us}})
      w.actor("sleeper", [&, at] {
        sg::this_actor::sleep_until(seconds(at));
        note("slept");
      });
    w.engine.run();
    EXPECT_THAT(log, testing::ElementsAre("slept 100us", "slept 200342ns", "flush 200352ns", "slept 200362ns",
                                          "slept 300us", "flush 400704ns"));
  });
}

// 32 clients, one after the other at first, keep the link busy. A read brings 28 bytes one way and 4096 + 16
// back on one medium: 33,120 ns.
TEST(SimgridNetwork, ASaturatedLinkCarriesWhatItsBandwidthAllows) {
  in_child([] {
    NetWorld w;
    constexpr int kClients = 32, kReads = 50;
    for (int a = 0; a < kClients; ++a)
      w.actor("a" + std::to_string(a), [&, a] {
        sg::this_actor::sleep_for(a * 33e-6);
        for (int i = 0; i < kReads; ++i) EXPECT_EQ(w.port->read(0_B, 4_KiB).error, 0);
      });
    w.engine.run();
    const double ns = 33'120.0 * kClients * kReads;
    EXPECT_GE(static_cast<double>(clock_now().count()), ns);
    EXPECT_NEAR(static_cast<double>(clock_now().count()), ns, 0.03 * ns);
    EXPECT_EQ(w.sim.open_requests(), 0u);
    EXPECT_EQ(w.stat(0), 2 * kClients * kReads);
  });
}

TEST(SimgridNetwork, WhatCannotCarryAnythingIsRefused) {
  in_child([] {
    NetWorld w;
    EXPECT_THROW(SimgridNetwork(w.bridge, w.client, nullptr), std::invalid_argument);
    EXPECT_THROW(SimgridNetwork(w.bridge, w.client, w.server, 0_B), std::invalid_argument);
    Sim other(1);
    other.add(std::make_unique<SimgridNetwork>(w.bridge, w.client, w.server), "alone", "alone");
    EXPECT_THROW(other.start(), std::logic_error);
  });
}

}  // namespace
}  // namespace blkpath

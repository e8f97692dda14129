/// A stage whose bytes travel over the links of a SimGrid platform.
#pragma once
#include <simgrid/s4u.hpp>

#include <memory>
#include <vector>

#include "model/core/simgrid_bridge.hpp"

namespace blkpath {

/// The network between an initiator and a target, carried by SimGrid: of each request the command, with a
/// write's data, is a communication from one host to the other, and the answer, with a read's data, one back.
/// So storage shares links with all other traffic of the simulation, with SimGrid's network model and its
/// link profiles. Its default model adds factors of TCP; to have latency and bandwidth as they stand on the
/// links, set `network/model:CM02`, `network/crosstraffic:0` and `network/TCP-gamma:0` before the platform is
/// made.
///
///     auto net = std::make_unique<SimgridNetwork>(bridge, client, server);
///     const StageId id = sim.add(std::move(net), "net", "net");   // between the ActorPort and the target's
///     stages
///
/// A communication that fails, since a link is off or is switched off, completes the request with EIO at that
/// instant. Costs both hosts no processor time: stages above and below can.
///
/// Leaves out: the protocols' further messages (R2T) and the headers of frames, a connection that is set up
/// anew after a failure, hosts that are off.
class SimgridNetwork final : public SimgridStage {
 public:
  /// @param request, reply  bytes beside the data; NBD's when nothing is given
  /// @throws std::invalid_argument  when a host is null, or request or reply is not above zero
  SimgridNetwork(SimgridBridge& bridge, simgrid::s4u::Host* initiator, simgrid::s4u::Host* target,
                 Bytes request = Bytes{28}, Bytes reply = Bytes{16});
  ~SimgridNetwork() override;

  /// @throws std::logic_error  when not exactly one stage stands below
  void start() override;
  void submit(Slot s) override;
  void complete(Slot s) override;
  void on_event(Slot s) override;
  void in_simgrid(Slot s) override;
  std::vector<StatValue> stats() const override;

 private:
  enum Phase : std::uint8_t { kToTarget, kToInitiator };
  /// A request's communication. It stays until the next one of its slot, for SimGrid holds it while it tells
  /// that it is over.
  struct Transit {
    SimgridNetwork* network = nullptr;
    Slot slot = kNoSlot;
    simgrid::s4u::CommPtr comm;
  };
  static std::size_t mark();
  void depart(Slot s);
  void arrive(Slot s, bool is_whole);

  SimgridBridge& bridge_;
  simgrid::s4u::Host *initiator_, *target_;
  Bytes request_, reply_;
  std::vector<std::unique_ptr<Transit>> transits_;  ///< by slot
  std::int64_t communications_ = 0, failed_ = 0;
};

}  // namespace blkpath

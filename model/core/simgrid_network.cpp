#include "model/core/simgrid_network.hpp"

#include <cerrno>
#include <stdexcept>

namespace blkpath {
namespace sg = simgrid::s4u;

/// Under which number our communications carry their Transit. SimGrid calls on_completion for every activity,
/// and is told once in the life of the process.
std::size_t SimgridNetwork::mark() {
  static const std::size_t id = [] {
    const std::size_t created = sg::Activity::extension_create(nullptr);
    sg::Activity::on_completion_cb([created](const sg::Activity& activity) {
      const auto* const transit = static_cast<const Transit*>(activity.extension(created));
      if (transit == nullptr) return;
      transit->network->arrive(transit->slot, activity.get_state() == sg::Activity::State::FINISHED);
    });
    return created;
  }();
  return id;
}

SimgridNetwork::SimgridNetwork(SimgridBridge& bridge, sg::Host* initiator, sg::Host* target, Bytes request,
                               Bytes reply)
    : bridge_(bridge), initiator_(initiator), target_(target), request_(request), reply_(reply) {
  if (initiator == nullptr || target == nullptr)
    throw std::invalid_argument("SimgridNetwork: needs two hosts of the platform");
  if (request.n < 1 || reply.n < 1)
    throw std::invalid_argument(
        "SimgridNetwork: request and reply have at least a byte, for example 28 and 16");
}
SimgridNetwork::~SimgridNetwork() {
  for (const auto& transit : transits_)
    if (transit && transit->comm) transit->comm->extension_set(mark(), nullptr);
}

void SimgridNetwork::start() {
  if (next().size() != 1) throw std::logic_error(name() + ": one stage has to stand below this network");
}
void SimgridNetwork::submit(Slot s) {
  sim()[s].phase = kToTarget;
  if (!sim().catch_up(s)) depart(s);
}
void SimgridNetwork::complete(Slot s) {
  sim()[s].phase = kToInitiator;
  if (!sim().catch_up(s)) depart(s);
}
void SimgridNetwork::on_event(Slot s) { depart(s); }
void SimgridNetwork::depart(Slot s) { bridge_.call(*this, s); }

void SimgridNetwork::in_simgrid(Slot s) {
  const Request& r = sim()[s];
  const bool goes = r.phase == kToTarget;
  const Op with_data = goes ? Op::write : Op::read;
  const Bytes bytes = (goes ? request_ : reply_) + Bytes{r.op == with_data ? r.length : 0};
  const sg::CommPtr comm =
      goes ? sg::Comm::sendto_init(initiator_, target_) : sg::Comm::sendto_init(target_, initiator_);
  if (transits_.size() <= s) transits_.resize(s + 1u);
  if (!transits_[s]) transits_[s] = std::make_unique<Transit>(Transit{this, s, nullptr});
  transits_[s]->comm = comm;
  comm->extension_set(mark(), transits_[s].get());
  comm->set_payload_size(static_cast<std::uint64_t>(bytes.n));
  ++communications_;
  comm->start();
  // One that fails at once, on a link that is off, tells nobody.
  if (comm->get_remaining() <= 0) arrive(s, false);
}

void SimgridNetwork::arrive(Slot s, bool is_whole) {
  bridge_.catch_up();
  if (!is_whole) {
    ++failed_;
    sim()[s].error = EIO;
  }
  if (is_whole && sim()[s].phase == kToTarget)
    sim().down(s, below());
  else
    sim().up(s);
}

std::vector<StatValue> SimgridNetwork::stats() const {
  return {{"communications", "", "in SimGrid, both ways", static_cast<double>(communications_)},
          {"failed", "", "of them", static_cast<double>(failed_)}};
}

}  // namespace blkpath

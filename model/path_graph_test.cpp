#include "model/path_graph.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace blkpath {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

PathNode node(std::string name, Layer layer, std::vector<std::string> next, double max_iops = kInfinity,
              int line = 0) {
  const std::string group = name.substr(0, name.find('['));
  return {name,    group, group, layer, layer == Layer::device, Place{"p.yaml", line}, std::move(next),
          max_iops};
}

/// job -> vda -> multipath -> hba0/hba1 -> link0/link1 -> shelf -> 14 spindles
std::vector<PathNode> two_paths_to_a_shelf(double link_iops, double spindle_iops) {
  std::vector<PathNode> nodes{
      node("job", Layer::workload, {"vda"}),
      node("vda", Layer::bus, {"multipath"}, 50'000),
      node("multipath", Layer::volume, {"hba[0]", "hba[1]"}),
      node("hba[0]", Layer::hba, {"link[0]"}),
      node("hba[1]", Layer::hba, {"link[1]"}),
      node("link[0]", Layer::fabric, {"shelf"}, link_iops),
      node("link[1]", Layer::fabric, {"shelf"}, link_iops),
      node("shelf", Layer::array, {}),
  };
  for (int i = 0; i < 14; ++i) {
    nodes.push_back(node("spindle[" + std::to_string(i) + "]", Layer::device, {}, spindle_iops));
    nodes[7].next.push_back(nodes.back().name);
  }
  return nodes;
}

std::string error_of(std::vector<PathNode> nodes) {
  try {
    PathGraph graph(std::move(nodes));
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "no error";
}

std::vector<std::string> names(const PathGraph& graph, const std::vector<std::size_t>& route) {
  std::vector<std::string> out;
  for (const std::size_t i : route) out.push_back(graph.nodes()[i].name);
  return out;
}

TEST(PathGraph, OrderPutsEveryStageAboveThoseItFeeds) {
  auto nodes = two_paths_to_a_shelf(1000, 100);
  std::reverse(nodes.begin(), nodes.end());
  const PathGraph graph(nodes);
  std::vector<std::size_t> position(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) position[graph.order()[i]] = i;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    for (const std::string& below : nodes[i].next) EXPECT_LT(position[i], position[graph.index(below)]);
  EXPECT_EQ(graph.depth(), 7u);
}

TEST(PathGraph, MultipathHasOneRouteForEachLink) {
  const PathGraph graph(two_paths_to_a_shelf(1000, 100));
  const auto routes = graph.routes(graph.index("multipath"), graph.index("spindle[3]"));
  ASSERT_EQ(routes.size(), 2u);
  EXPECT_THAT(names(graph, routes[0]), ElementsAre("multipath", "hba[0]", "link[0]", "shelf", "spindle[3]"));
  EXPECT_THAT(names(graph, routes[1]), ElementsAre("multipath", "hba[1]", "link[1]", "shelf", "spindle[3]"));
}

TEST(PathGraph, NoRouteLeadsUpOrAcross) {
  const PathGraph graph(two_paths_to_a_shelf(1000, 100));
  EXPECT_THAT(graph.routes(graph.index("shelf"), graph.index("vda")), IsEmpty());
  EXPECT_THAT(graph.routes(graph.index("hba[0]"), graph.index("hba[1]")), IsEmpty());
}

TEST(PathGraph, UnknownNextNamesTheNearestStage) {
  EXPECT_EQ(error_of({node("job", Layer::workload, {"disc"}, kInfinity, 3), node("disk", Layer::device, {})}),
            "p.yaml:3: job.to: there is no stage 'disc'. Did you mean 'disk'?");
}

TEST(PathGraph, NameGivenTwiceIsAnError) {
  EXPECT_EQ(error_of({node("job", Layer::workload, {"sda"}), node("sda", Layer::device, {}, kInfinity, 4),
                      node("sda", Layer::device, {}, kInfinity, 9)}),
            "p.yaml:9: sda: the name is taken by the stage at p.yaml:4");
}

TEST(PathGraph, NextNamedTwiceIsAnError) {
  EXPECT_EQ(
      error_of({node("job", Layer::workload, {"sda", "sda"}, kInfinity, 2), node("sda", Layer::device, {})}),
      "p.yaml:2: job.to: 'sda' is named twice");
}

TEST(PathGraph, CycleIsNamedWithItsPlaces) {
  EXPECT_EQ(error_of({node("job", Layer::workload, {"a"}, kInfinity, 1),
                      node("a", Layer::block, {"b"}, kInfinity, 5),
                      node("b", Layer::block, {"a", "sda"}, kInfinity, 8), node("sda", Layer::device, {})}),
            "p.yaml:5: a.to: the path runs in a circle, a -> b -> a (a at p.yaml:5, b at p.yaml:8)");
}

TEST(PathGraph, StageBelowItselfIsACycle) {
  EXPECT_THAT(error_of({node("job", Layer::workload, {"a"}), node("a", Layer::block, {"a"})}),
              HasSubstr("a -> a"));
}

TEST(PathGraph, CycleThatNoWorkloadReachesIsStillNamed) {
  EXPECT_THAT(error_of({node("job", Layer::workload, {"sda"}), node("sda", Layer::device, {}),
                        node("x", Layer::block, {"y"}), node("y", Layer::block, {"x"})}),
              HasSubstr("x -> y -> x"));
}

TEST(PathGraph, UnreachableStageIsAnError) {
  EXPECT_EQ(error_of({node("job", Layer::workload, {"sda"}), node("sda", Layer::device, {}),
                      node("sdb", Layer::device, {}), node("hba", Layer::hba, {"sdb"}, kInfinity, 12)}),
            "p.yaml:12: hba: no workload reaches this stage: no stage above names it in `to`");
}

TEST(PathGraph, PathWithoutWorkloadIsAnError) {
  EXPECT_THAT(error_of({node("sda", Layer::device, {})}), HasSubstr("no workload"));
  EXPECT_THAT(error_of({}), HasSubstr("no workload"));
}

TEST(PathGraph, DeadEndIsAnError) {
  EXPECT_EQ(error_of({node("job", Layer::workload, {"hba"}), node("hba", Layer::hba, {}, kInfinity, 7)}),
            "p.yaml:7: hba.to: nothing stands below hba; a path ends in a leaf such as a disk");
}

TEST(PathGraph, NothingStandsBelowALeaf) {
  EXPECT_THAT(error_of({node("job", Layer::workload, {"sda"}), node("sda", Layer::device, {"sdb"}),
                        node("sdb", Layer::device, {})}),
              HasSubstr("sda.to: nothing can stand below a leaf such as sda, but 'sdb' does"));
}

TEST(PathGraph, DiskAboveABusIsRefusedWithThePossibleOrder) {
  auto disk = node("sda", Layer::device, {"vda"}, kInfinity, 6);
  disk.leaf = false;
  EXPECT_THAT(error_of({node("job", Layer::workload, {"sda"}), disk, node("vda", Layer::bus, {"sdb"}),
                        node("sdb", Layer::device, {})}),
              AllOf(HasSubstr("p.yaml:6: sda.to: a device ('sda') cannot stand above a bus ('vda')"),
                    HasSubstr("workload, guest, bus, emulator"), HasSubstr("array, device")));
}

TEST(PathGraph, DeepestPathThatARequestCanPassIsAllowed) {
  auto chain = [](std::size_t stages) {
    std::vector<PathNode> nodes{node("job", Layer::workload, {"b1"})};
    for (std::size_t i = 1; i + 1 < stages; ++i)
      nodes.push_back(node("b" + std::to_string(i), Layer::block, {"b" + std::to_string(i + 1)}));
    nodes.push_back(node("b" + std::to_string(stages - 1), Layer::device, {}));
    return nodes;
  };
  EXPECT_EQ(PathGraph(chain(Request::kMaxDepth - 1)).depth(), Request::kMaxDepth - 1);
  EXPECT_EQ(error_of(chain(Request::kMaxDepth)),
            "p.yaml: b19: this is stage 20 from the top; a path may have 19");
}

TEST(PathGraph, SlowSpindlesAreTheBottleneck) {
  const Bound bound = PathGraph(two_paths_to_a_shelf(10'000, 180)).max_flow();
  EXPECT_DOUBLE_EQ(bound.iops, 14 * 180);
  EXPECT_THAT(bound.bottleneck, ElementsAre("spindle (14)"));
}

TEST(PathGraph, SlowLinksAreTheBottleneck) {
  const Bound bound = PathGraph(two_paths_to_a_shelf(1000.5, 180)).max_flow();
  EXPECT_DOUBLE_EQ(bound.iops, 2001);
  EXPECT_THAT(bound.bottleneck, ElementsAre("link (2)"));
}

TEST(PathGraph, OneStageAloneIsNamedWithoutACount) {
  const Bound bound = PathGraph(two_paths_to_a_shelf(kInfinity, 5000)).max_flow();
  EXPECT_DOUBLE_EQ(bound.iops, 50'000);
  EXPECT_THAT(bound.bottleneck, ElementsAre("vda"));
}

TEST(PathGraph, BottleneckMayConsistOfSeveralGroups) {
  // One workload spreads over a slow link to a fast disk and a fast link to a slow disk.
  const PathGraph graph({node("job", Layer::workload, {"link[0]", "link[1]"}),
                         node("link[0]", Layer::fabric, {"ssd"}, 300),
                         node("link[1]", Layer::fabric, {"disk"}, 900), node("ssd", Layer::device, {}, 5000),
                         node("disk", Layer::device, {}, 180)});
  const Bound bound = graph.max_flow();
  EXPECT_DOUBLE_EQ(bound.iops, 480);
  EXPECT_THAT(bound.bottleneck, testing::UnorderedElementsAre("link (1 of 2)", "disk"));
}

TEST(PathGraph, FlowIsSharedWhereRoutesCross) {
  // a reaches only x, b reaches x and y: sending b's flow to y leaves x for a.
  const PathGraph graph({node("a", Layer::workload, {"x"}, 100), node("b", Layer::workload, {"x", "y"}, 100),
                         node("x", Layer::device, {}, 100), node("y", Layer::device, {}, 70)});
  EXPECT_DOUBLE_EQ(graph.max_flow().iops, 170);
}

TEST(PathGraph, NothingBoundsAPathOfUnlimitedStages) {
  PathGraph graph({node("job", Layer::workload, {"ssd", "null"}), node("ssd", Layer::device, {}, 1000),
                   node("null", Layer::device, {})});
  EXPECT_EQ(graph.max_flow().iops, kInfinity);
  EXPECT_THAT(graph.max_flow().bottleneck, IsEmpty());
  graph.set_max_iops(graph.index("null"), 0.25);
  EXPECT_DOUBLE_EQ(graph.max_flow().iops, 1000.25);
}

TEST(PathGraph, StageThatCarriesNothingBoundsToZero) {
  const PathGraph graph({node("job", Layer::workload, {"sda"}), node("sda", Layer::device, {}, 0)});
  EXPECT_EQ(graph.max_flow().iops, 0);
  EXPECT_THAT(graph.max_flow().bottleneck, ElementsAre("sda"));
}

TEST(PathGraph, ManyUnlimitedWorkloadsDoNotOverflowTheFlow) {
  std::vector<PathNode> nodes{node("sda", Layer::device, {}, 180)};
  for (int i = 0; i < 1000; ++i)
    nodes.push_back(node("job[" + std::to_string(i) + "]", Layer::workload, {"sda"}));
  EXPECT_DOUBLE_EQ(PathGraph(nodes).max_flow().iops, 180);
}

TEST(PathGraph, DotCollapsesGroupsAndColoursTheBottleneck) {
  const std::string dot = PathGraph(two_paths_to_a_shelf(10'000, 180)).dot();
  EXPECT_THAT(dot,
              HasSubstr("\"spindle\" [label=\"spindle (14)\\ndevice: spindle\\nup to 2,520 IOPS\", style"));
  EXPECT_THAT(dot, HasSubstr("\"shelf\" -> \"spindle\" [label=\"14 hops\"]"));
  EXPECT_THAT(dot, HasSubstr("\"vda\" [label=\"vda\\nbus: vda\\nup to 50,000 IOPS\"]"));
  EXPECT_THAT(dot, HasSubstr("at most 2,520 I/Os per second"));
  EXPECT_THAT(dot, Not(HasSubstr("spindle[")));
}

TEST(PathGraph, GraphvizAcceptsTheDot) {
  if (std::system("command -v dot > /dev/null") != 0) GTEST_SKIP() << "Graphviz is not installed";
  auto nodes = two_paths_to_a_shelf(10'000, 180);
  for (auto& n : nodes) n.model += " \"quoted\" \\ <b>";
  FILE* const pipe = popen("dot -Tsvg -o /dev/null", "w");
  ASSERT_NE(pipe, nullptr);
  std::fputs(PathGraph(nodes).dot().c_str(), pipe);
  EXPECT_EQ(pclose(pipe), 0);
}

}  // namespace
}  // namespace blkpath

#include "scenarios/disksim_disk.hpp"

#include <gmock/gmock.h>

#include "hw/disk_params.hpp"
#include "scenarios/disksim_file.hpp"
#include "scenarios/test/temp_folder.hpp"

namespace blkpath {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Throws;
using testing::ThrowsMessage;

constexpr const char* kSpecs = R"(
disksim_disk SMALL {  # a comment
   Model = source small.model,
   Per-request overhead time = 0.01,
   Time scale for overheads = 2.0,
   Bulk sector transfer time = 0.1,
   Allow read hits on write data = 1,
   Preseeking level = 1,
   Max queue length = 4,
   Scheduler = disksim_ioqueue { Scheduling policy = 8, Cylinder mapping strategy = 0 },
   Number of buffer segments = 3,
   Maximum number of write segments = 1,
   Segment size (in blks) = 16,
   Enable caching in buffer = 1,
   Buffer continuous read = 4,
   Maximum read-ahead (blks) = 12,
   Read-ahead over requested = 1,
   Fast write level = 2,
   Read hit over. after read = 0.2,
   Write miss over. after write = 0.5
}
)";
constexpr const char* kModel = R"(
dm_disk SMALL.model {
   Number of data surfaces = 2, Number of cylinders = 4, Block count = 70,
   Mechanical Model = dm_mech_g1 {
      Access time type = trackSwitchPlusRotation, Seek type = extracted, Full seek curve = small.seek,
      Add. write settling delay = 0.3, Head switch time = 0.6, Rotation speed (in rpms) = 15000
   },
   Layout Model = dm_layout_g1 {
      LBN-to-PBN mapping scheme = 1, Sparing scheme used = 9, Rangesize for sparing = 1,
      Zones = [
         dm_layout_g1_zone {
            First cylinder number = 0, Last cylinder number = 1, Blocks per track = 10, Offset of first block = 0.5,
            Empty space at zone front = 1, Skew for track switch = 2.0, Skew for cylinder switch = 3.0,
            Number of spares = 2, slips = [ 4, 7 ], defects = [ 8, 38, 9, 9 ]
         },
         dm_layout_g1_zone {
            First cylinder number = 2, Last cylinder number = 3, Blocks per track = 8, Offset of first block = 0.0,
            Empty space at zone front = 0, Skew for track switch = 1, Skew for cylinder switch = 2,
            Number of spares = 0, slips = [], defects = []
         }
      ]
   }
}
)";
constexpr const char* kSeek = "Seek distances measured: 2\n1,\t0.5\n3, 0.9, 0.01\n";

struct DiskSim : testing::Test {
  TempFolder folder;
  std::string specs(std::string text = kSpecs) {
    folder.write("small.model", kModel);
    folder.write("small.seek", kSeek);
    return folder.write("small.diskspecs", text);
  }
  static DiskParams params(const ImportedPart& imported) {
    DiskParams p;
    read_params(p, imported.part.params, "disk");
    return p;
  }
  static std::string replaced(std::string text, const std::string& what, const std::string& with) {
    text.replace(text.find(what), what.size(), with);
    return text;
  }
};

TEST_F(DiskSim, ReadsADiskWithTheFilesThatItSources) {
  const ImportedPart imported = import_disksim_disk(specs());
  const DiskParams p = params(imported);
  EXPECT_EQ(imported.part.name, "SMALL");
  EXPECT_EQ(p.rpm, 15000);
  EXPECT_EQ(p.heads, 2);
  EXPECT_EQ(p.track_order, TrackOrder::serpentine);
  EXPECT_EQ(p.sparing, Sparing::zone);
  ASSERT_EQ(p.measured_zones.size(), 2u);
  EXPECT_EQ(p.measured_zones[0].offset, 0.5);
  EXPECT_EQ(p.measured_zones[0].reserved, 1);
  ASSERT_EQ(p.slips.size(), 2u);
  EXPECT_EQ(p.slips[1].position, 7);
  ASSERT_EQ(p.remaps.size(), 1u);  // 9 is where it was
  EXPECT_EQ(p.remaps[0].replacement, 38);
  EXPECT_EQ(p.layout()->sectors(), 40 - 1 - 2 + 32);
  ASSERT_EQ(p.seek_points.size(), 2u);
  EXPECT_EQ(p.seek_points[1].time, Time{900us});
  EXPECT_EQ(p.write_settle, Time{300us});
  EXPECT_EQ(p.order, TagOrder::sptf);
}

TEST_F(DiskSim, OverheadsAreScaledAndTheBusIsNot) {
  const DiskParams p = params(import_disksim_disk(specs()));
  EXPECT_EQ(p.overhead, Time{20us});
  EXPECT_EQ(p.read_hit_after_read, Time{400us});
  EXPECT_EQ(p.write_miss_after_write, Time{1ms});
  EXPECT_EQ(p.bus_read, Time{100us});
}

TEST_F(DiskSim, AnExtraDisconnectIsReadWithWhatBelongsToIt) {
  const std::string plain =
      replaced(kSpecs, "Preseeking level = 1,",
               "First reselect overhead = 0.1, Other reselect overhead = 0.05, Write "
               "disconnect overhead = 0.2, Extradisc command overhead = 0.6, Extradisc "
               "disconnect overhead = 0.04, Extradisc inter-disconnect delay = 0.4, Extradisc "
               "2nd disconnect overhead = 0.15, Extradisc seek delta = 0.25,");
  DiskParams p = params(import_disksim_disk(specs(plain)));
  EXPECT_EQ(p.write_disconnect, Time{400us});  // scaled by 2
  EXPECT_EQ(p.write_reselect, Time{200us});
  EXPECT_EQ(p.extra_data, Time{0});
  EXPECT_TRUE(p.write_fill.empty());
  p = params(import_disksim_disk(
      specs(replaced(plain, "Max queue length", "Extra write disconnect = 1, Max queue length"))));
  EXPECT_EQ(p.extra_command, Time{1700us});
  EXPECT_EQ(p.extra_data, Time{2280us});
  EXPECT_EQ(p.extra_disconnect, Time{300us});
  EXPECT_EQ(p.extra_reselect, Time{100us});
  ASSERT_EQ(p.write_fill.size(), 2u);
  EXPECT_EQ(p.write_fill[1].blocks, 15);
}

TEST_F(DiskSim, TheBufferIsReadInBytes) {
  const DiskParams p = params(import_disksim_disk(specs()));
  EXPECT_EQ(p.segments, 3);
  EXPECT_EQ(p.segment_size.n, 16 * 512);
  EXPECT_EQ(p.read_ahead, ReadAhead::next_track);
  EXPECT_TRUE(p.write_cache);
  EXPECT_TRUE(p.read_ahead_over);
}

TEST_F(DiskSim, WithoutCachingThereAreNoSegments) {
  const DiskParams p =
      params(import_disksim_disk(specs(replaced(kSpecs, "caching in buffer = 1", "caching in buffer = 0"))));
  EXPECT_EQ(p.segments, 0);
  EXPECT_FALSE(p.write_cache);
}

TEST_F(DiskSim, AParvBesideItGivesTheBus) {
  specs();
  folder.write("small.parv",
               "source small.diskspecs\ninstantiate [ bus1 ] as BUS1\n"
               "disksim_bus BUS1 { Read block transfer time = 0.15, Write block transfer time = 0.25 }\n"
               "topology disksim_iodriver driver0 [ disksim_bus bus1 [ disksim_disk disk0 [] ] ]\n");
  const DiskParams p = params(import_disksim_disk(folder.path("small.diskspecs")));
  EXPECT_EQ(p.bus_read, Time{150us});
  EXPECT_EQ(p.bus_write, Time{250us});
  EXPECT_EQ(params(import_disksim_disk(folder.path("small.parv"))).bus_write, Time{250us});
}

TEST_F(DiskSim, WhatIsNotModelledIsListed) {
  EXPECT_THAT(import_disksim_disk(specs()).ignored, ElementsAre(HasSubstr("Preseeking level = 1")));
}

TEST_F(DiskSim, ThePartThatIsWrittenIsThePartThatIsRead) {
  const ImportedPart imported = import_disksim_disk(specs());
  const Part read = load_part(folder.write("small.yaml", part_text(imported)));
  EXPECT_EQ(read.name, "SMALL");
  ASSERT_EQ(read.params.entries.size(), imported.part.params.entries.size());
  DiskParams again;
  const std::vector<ParamInfo> infos = read_params(again, read.params, "disk");
  const DiskParams before = params(imported);
  EXPECT_EQ(value_text(again.measured_zones), value_text(before.measured_zones));
  EXPECT_EQ(value_text(again.seek_points), value_text(before.seek_points));
  const auto settle =
      std::find_if(infos.begin(), infos.end(), [](const ParamInfo& i) { return i.name == "write_settle"; });
  EXPECT_EQ(settle->provenance.kind, Provenance::Kind::measured);
  EXPECT_THAT(settle->provenance.source, HasSubstr("Add. write settling delay"));
}

// 3.81 + 0.33 sqrt(d) below 300 cylinders; the first ten are measured.
TEST_F(DiskSim, AFormulaBecomesPoints) {
  specs();
  std::string model =
      replaced(kModel, "Seek type = extracted, Full seek curve = small.seek,",
               "Seek type = hplplus10, HPL seek equation values = [ 300, 3.81, 0.33, 7.75, 0.0059, -1.0 ],"
               "First ten seek times = [ 2.89, 3.68, 3.81, 3.98, 4.27, 4.65, 4.52, 4.65, 4.82, 4.99 ],");
  folder.write("small.model", replaced(model, "Number of cylinders = 4", "Number of cylinders = 400"));
  const DiskParams p = params(import_disksim_disk(folder.path("small.diskspecs")));
  const SeekCurve curve(p.seek_points, 400);
  EXPECT_EQ(curve.ns(1), 2'890'000);
  EXPECT_EQ(curve.ns(10), 4'990'000);
  EXPECT_EQ(curve.ns(100), 3'810'000 + 3'300'000);
  EXPECT_EQ(curve.ns(399), 7'750'000 + 399 * 5'900);
}

TEST_F(DiskSim, APatternLayoutIsReadLineByLine) {
  specs();
  const std::string model = kModel;
  const std::string g4 =
      "Layout Model = dm_layout_g4 { TP = [ 0, 9, 10 ],\n IDX = [ [ 0, 0, 0.0, 10, 1, 0.1, 30, 3, TRACK, 0, "
      "0,\n"
      " 30, 2, 0.5, 10, 1, 0.1, 30, -3, TRACK, 0, 1 ],\n [ 0, 0, 0.0, 60, 3, 0.25, 120, 6, IDX, 0 ] ],\n"
      " Slips = [ 4, 1 ], Remaps = [] }\n}";
  folder.write("small.model", replaced(model.substr(0, model.find("Layout Model")) + g4, "Block count = 70",
                                       "Block count = 200"));
  const DiskParams p = params(import_disksim_disk(folder.path("small.diskspecs")));
  EXPECT_EQ(p.layout()->sectors(), 119);
  EXPECT_EQ(p.layout()->find(29).head, 1);
}

TEST_F(DiskSim, ErrorsNameFileLineAndAGoodLine) {
  EXPECT_THAT([&] { import_disksim_disk(specs("disksim_disk X {\n  Model = source small.model\n}\n")); },
              ThrowsMessage<ConfigError>(HasSubstr("has no 'Number of buffer segments'")));
  EXPECT_THAT([&] { import_disksim_disk(specs("disksim_disk X {\n  Model source small.model,\n}\n")); },
              ThrowsMessage<ConfigError>(HasSubstr("small.diskspecs:2")));
  EXPECT_THAT([&] { import_disksim_disk(specs("disksim_disk X {\n  Model = source none.model,\n}\n")); },
              ThrowsMessage<ConfigError>(HasSubstr("none.model")));
  EXPECT_THAT(
      [&] {
        import_disksim_disk(
            specs(replaced(kSpecs, "Segment size (in blks) = 16", "Segment size (in blks) = many")));
      },
      ThrowsMessage<ConfigError>(HasSubstr("'many' is not a number")));
  EXPECT_THAT([&] { import_disksim_disk(specs("nothing here\n")); },
              ThrowsMessage<ConfigError>(HasSubstr("disksim_disk")));
  EXPECT_THAT([&] { import_disksim_disk(specs("disksim_disk X {\n  Model = [ 1, 2\n")); },
              ThrowsMessage<ConfigError>(HasSubstr("']' is missing")));
}

TEST_F(DiskSim, FilesThatSourceOneAnotherEnd) {
  folder.write("a.parv", "source b.parv\n");
  folder.write("b.parv", "source a.parv\n");
  EXPECT_THAT([&] { import_disksim_disk(folder.path("a.parv")); },
              ThrowsMessage<ConfigError>(HasSubstr("source one another")));
}

}  // namespace
}  // namespace blkpath

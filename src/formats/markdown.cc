#include "formats/markdown.h"

#include <fmt/format.h>

#include <algorithm>

#include "formats/markdown_blocks.h"
#include "formats/markdown_lines.h"
#include "formats/markdown_marks.h"
#include "formats/markdown_measures.h"
#include "formats/markdown_owners.h"
#include "formats/markdown_sections.h"
#include "formats/markdown_tasks.h"
#include "formats/markdown_words.h"

namespace evener {
namespace {

class MarkdownReader {
 public:
  MarkdownReader(const std::string& file, Plan& plan, Problems& problems)
      : file_(file), plan_(plan), problems_(problems) {}

  void read(std::string_view text) {
    const std::vector<MarkdownLine> lines = markdown_lines(text, plan_symbols());
    const bool has_structure = std::any_of(lines.begin(), lines.end(), [](const MarkdownLine& l) {
      return l.kind == LineKind::heading || l.kind == LineKind::item;
    });
    if (!has_structure) {
      return problems_.add(
          {"unknown_format", "no plan: there is no heading and no list in it", file_}
      );
    }
    for (const MarkdownLine& line : lines) {
      if (problems_.full()) return;
      read_line(line);
    }
    finish();
  }

 private:
  void problem(Error error, std::int64_t line) {
    error.where = file_place(file_, {line, 1});
    problems_.add(std::move(error));
  }

  void read_line(const MarkdownLine& line) {
    switch (line.kind) {
      case LineKind::heading:
        return read_heading(line);
      case LineKind::rule:
        return blocks_.clear();
      case LineKind::item:
        close_blocks(static_cast<std::int64_t>(line.indent));
        return read_entry(line, marked_text(line.text, line.box));
      case LineKind::text:
        return read_text(line);
    }
  }

  void finish() {
    tasks_.finish(file_, plan_, problems_);
    plan_.is_partial = true;
    plan_.workers = owners_.workers();
    for (TaskSpec& task : plan_.tasks) {
      for (const std::string& path : owners_.folders(task.assignee)) {
        const bool is_known =
            std::find(task.paths.begin(), task.paths.end(), path) != task.paths.end();
        if (!is_known && task.paths.size() < limits::names_per_task) task.paths.push_back(path);
      }
    }
    for (PlanNote& note : plan_.notes) {
      if (!note.task.empty() && !tasks_.contains(note.task)) note.task.clear();
    }
    for (IntegrationPoint& point : plan_.points) {
      for (const std::string& id : point.tasks) {
        if (tasks_.contains(id)) continue;
        plan_.notices.push_back(fmt::format(
            "line {}: the point '{}' names task {}, which is not in the file",
            point.line,
            point.title,
            id
        ));
      }
    }
    if (plan_.tasks.empty() && plan_.measures.empty() && problems_.empty()) {
      plan_.notices.emplace_back("no task was found in the file");
    }
  }

  // ---- headings --------------------------------------------------------------------------------

  const Section& section() const { return sections_.back(); }

  void read_heading(const MarkdownLine& line) {
    ++heading_;
    blocks_.clear();
    while (sections_.size() > 1 && section().level >= line.level) sections_.pop_back();
    const MarkedText marked = marked_text(line.text);
    const std::string title = plain(line.text);
    const std::string words = marked.text;
    Section next{.level = line.level};
    next.kind = section_kind(words, section().kind);
    next.owner = section().owner;
    next.phase = section().phase;
    next.priority = section().priority;
    if (const auto priority = priority_of_heading(words)) next.priority = priority;
    if (next.kind == SectionKind::tasks) next.word = word_of_heading(words);
    const bool may_be_task = next.kind != SectionKind::history && next.kind != SectionKind::remarks;
    if (next.kind == SectionKind::owner) {
      next.owner = owners_.add(words);
    } else if (next.kind == SectionKind::phase) {
      open_phase(words, next);
      next.word = marked.word;
    } else if (may_be_task && marked.id_leads) {
      next.kind = SectionKind::tasks;
      next.task = add_task(line, marked, next, "");
    }
    sections_.push_back(std::move(next));
  }

  // "Phase 1: URGENT - Deployment Fix (WALNUT Only)"
  void open_phase(const std::string& words, Section& next) {
    const std::size_t colon = words.find(':');
    PlannedPhase phase;
    phase.id = id_from_title(words.substr(0, std::min(colon, words.find('('))));
    std::string title = colon == std::string::npos ? words : words.substr(colon + 1);
    const std::size_t open = title.rfind('(');
    if (open != std::string::npos) {
      const std::string who = title.substr(open);
      phase.participants = has_word(who, "all") ? owners_.all() : owners_.named_in(who);
      if (!phase.participants.empty()) title.resize(open);
    }
    const std::size_t first = title.find_first_not_of(' ');
    title.erase(0, std::min(first, title.size()));
    while (title.ends_with(' ')) title.pop_back();
    phase.title = std::move(title);
    next.phase = phase.id;
    next.owner = phase.participants.size() == 1 ? phase.participants.front() : "";
    plan_.planned_phases.push_back(std::move(phase));
  }

  // ---- lines of text ---------------------------------------------------------------------------

  void read_text(const MarkdownLine& line) {
    const MarkedText marked = marked_text(line.text);
    const bool is_label = line.text.starts_with("**") && !marked.label.empty();
    if (is_label || (!marked.label.empty() && marked.value.empty() && line.text.ends_with(':'))) {
      close_blocks(-1);
      return read_labelled(line, marked, -1);
    }
    close_blocks(static_cast<std::int64_t>(line.indent));
    if (const auto measure = counted_tasks(line, marked)) return keep_measure(*measure);
    if (section().kind == SectionKind::phase) return add_phase_text(line);
    if (is_footer(line) || !section().owner.empty() || is_inherited(section().kind)) {
      return add_note(line, marked);
    }
    unread(line);
  }

  // "*Last Updated: 2025-05-31*"
  static bool is_footer(const MarkdownLine& line) {
    return line.text.starts_with('*') && line.text.ends_with('*');
  }

  void add_phase_text(const MarkdownLine& line) {
    PlannedPhase& phase = plan_.planned_phases.back();
    if (!phase.text.empty()) phase.text += '\n';
    phase.text += plain(line.text);
    for (const std::string& owner : owners_.named_in(line.text)) {
      const bool is_known =
          std::find(phase.participants.begin(), phase.participants.end(), owner) !=
          phase.participants.end();
      if (!is_known) phase.participants.push_back(owner);
    }
  }

  // ---- list items ------------------------------------------------------------------------------

  void close_blocks(std::int64_t indent) {
    while (!blocks_.empty() && blocks_.back().indent >= indent) blocks_.pop_back();
  }

  const Block* top() const { return blocks_.empty() ? nullptr : &blocks_.back(); }

  // The label under which the line stands; `unknown` if none.
  LabelKind label() const {
    for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block) {
      if (block->part == Part::label) return block->label;
      if (block->part == Part::owner) return LabelKind::unknown;
    }
    return LabelKind::unknown;
  }

  // For whom the line speaks.
  std::string owner() const {
    for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block) {
      if (!block->owner.empty()) return block->owner;
    }
    return section().owner;
  }

  void read_entry(const MarkdownLine& line, const MarkedText& marked) {
    const SectionKind kind = section().kind;
    const bool is_task_box = line.box != '\0' && kind != SectionKind::measures;
    const auto indent = static_cast<std::int64_t>(line.indent);
    if (kind == SectionKind::history) return read_history(line, marked, indent);
    if (kind == SectionKind::measures) return keep_measure(stated_measure(line, marked));
    if (kind == SectionKind::points) return read_point(line, marked, indent);
    if (kind == SectionKind::remarks && !is_task_box) return read_remark(line, marked, indent);
    const bool is_labelled = !marked.label.empty() && !marked.id_leads && line.box == '\0';
    const bool is_worker = names_worker(marked.label) || !owners_.find(marked.label).empty();
    if (is_labelled && (marked.value.empty() || marked.word.empty() || is_worker)) {
      return read_labelled(line, marked, indent);
    }
    if (const auto measure = counted_tasks(line, marked)) return keep_measure(*measure);
    read_unlabelled(line, marked, indent);
  }

  void read_unlabelled(const MarkdownLine& line, const MarkedText& marked, std::int64_t indent) {
    switch (label()) {
      case LabelKind::folders:
      case LabelKind::files:
      case LabelKind::focus:
        if (top()->part == Part::label) return read_paths(line, marked, label());
        break;
      case LabelKind::remark:
      case LabelKind::role:
        return add_note(line, marked);
      default:
        break;
    }
    const bool is_below_task = top() != nullptr && top()->part == Part::task;
    const bool says_task = line.box != '\0' || !marked.word.empty() || marked.id_leads;
    if (is_below_task && top()->has_box && !says_task) {
      return tasks_.describe(top()->task, plain(line.text));
    }
    const SectionKind kind = section().kind;
    const bool is_listed = label() == LabelKind::tasks || is_below_task ||
                           kind == SectionKind::tasks || kind == SectionKind::phase;
    const bool is_in_owner_item = top() != nullptr && top()->part == Part::owner;
    const bool is_plain_owner = kind == SectionKind::owner && top() == nullptr;
    if (says_task || is_listed || is_plain_owner || (is_in_owner_item && !marked.id.empty())) {
      return read_task(line, marked, indent);
    }
    if (is_in_owner_item || !owner().empty()) return add_note(line, marked);
    unread(line);
  }

  // "**Label**: value", as a line or an item.
  void read_labelled(const MarkdownLine& line, const MarkedText& marked, std::int64_t indent) {
    const LabelKind kind = label_kind(marked.label);
    const std::string known = owners_.find(marked.label);
    if (kind == LabelKind::tasks) return open_tasks(line, marked, indent);
    if (kind != LabelKind::unknown) {
      blocks_.push_back({.indent = indent, .part = Part::label, .label = kind});
      if (!marked.value.empty()) read_attribute(line, marked, kind);
      return;
    }
    if (section().kind == SectionKind::phase && !known.empty()) return add_phase_text(line);
    if (!known.empty() || names_worker(marked.label)) {
      const std::string name = owners_.add(marked.label);
      blocks_.push_back({.indent = indent, .part = Part::owner, .owner = name});
      if (!marked.value.empty()) add_note(line, marked);
      return;
    }
    if (const auto measure = counted_tasks(line, marked)) return keep_measure(*measure);
    if (line.kind == LineKind::item && may_list_tasks()) return read_task(line, marked, indent);
    blocks_.push_back({.indent = indent, .part = Part::label});
    if (section().kind == SectionKind::phase) return add_phase_text(line);
    if (!owner().empty() || is_inherited(section().kind)) return add_note(line, marked);
    if (!marked.value.empty() || line.kind == LineKind::item) unread(line);
  }

  bool may_list_tasks() const {
    const bool is_below_task = top() != nullptr && top()->part == Part::task;
    return is_below_task || label() == LabelKind::tasks || section().kind == SectionKind::tasks ||
           section().kind == SectionKind::phase;
  }

  void open_tasks(const MarkdownLine& line, const MarkedText& marked, std::int64_t indent) {
    Block block{.indent = indent, .part = Part::label, .label = LabelKind::tasks};
    block.word = word_of_heading(marked.label);
    block.priority = priority_of_heading(marked.label);
    blocks_.push_back(std::move(block));
    if (marked.value.empty()) return;
    if (owner().empty()) return unread(line);
    add_range(line, "tasks " + marked.value);
  }

  void read_attribute(const MarkdownLine& line, const MarkedText& marked, LabelKind kind) {
    const std::string who = owner();
    const std::string& value = marked.value;
    switch (kind) {
      case LabelKind::project:
        plan_.card.project = cut(value, limits::line_bytes);
        return;
      case LabelKind::repository:
        plan_.card.repository = cut(value, limits::line_bytes);
        return;
      case LabelKind::role:
        owners_.set_role(who, value);
        return add_note(line, marked);
      case LabelKind::hardware:
        return owners_.add_hardware(who, value);
      case LabelKind::models:
        owners_.add_models(who, value);
        return add_note(line, marked);
      case LabelKind::folders:
      case LabelKind::files:
      case LabelKind::focus:
        return read_paths(line, marked, kind);
      default:
        if (section().kind == SectionKind::phase) return add_phase_text(line);
        return add_note(line, marked);
    }
  }

  // Paths where an owner works; words that are none become a note.
  void read_paths(const MarkdownLine& line, const MarkedText& marked, LabelKind kind) {
    const std::string who = owner();
    std::vector<std::string> names = marked.paths;
    const std::string& value = marked.value.empty() ? marked.text : marked.value;
    if (names.empty() && looks_like_path(value)) names.push_back(value);
    for (const std::string& name : names) owners_.add_folder(who, name);
    const std::vector<std::string> code = code_in(line.text);
    if (kind == LabelKind::focus) {
      for (const std::string& name : code) owners_.add_focus(who, cut(name, limits::line_bytes));
    }
    if (who.empty() || (names.empty() && code.empty())) add_note(line, marked);
  }

  // ---- tasks -----------------------------------------------------------------------------------

  void read_task(const MarkdownLine& line, const MarkedText& marked, std::int64_t indent) {
    const std::string lower = lower_case(line.text);
    const bool may_name_several =
        !marked.id_leads && line.box == '\0' && (lower.find("tasks ") != std::string::npos);
    if (may_name_several && add_range(line, line.text)) return;
    const Block* above = top();
    std::string parent = section().task;
    if (above != nullptr && above->part == Part::task) parent = above->task;
    Section from = section();
    if (above != nullptr && above->part == Part::label) {
      if (!above->word.empty()) from.word = above->word;
      if (above->priority) from.priority = above->priority;
    }
    if (above != nullptr && above->part == Part::task) from.word.clear();
    Block block{.indent = indent, .part = Part::task, .has_box = line.box != '\0'};
    block.task = add_task(line, marked, from, parent);
    if (!block.task.empty()) blocks_.push_back(std::move(block));
  }

  // The id of the task, or "" if it is refused.
  std::string add_task(
      const MarkdownLine& line,
      const MarkedText& marked,
      const Section& from,
      const std::string& parent
  ) {
    TaskMention mention{.word = marked.word, .line = line.number, .section = heading_};
    TaskSpec& spec = mention.spec;
    spec.id = marked.id;
    spec.parent = parent;
    spec.phase = from.phase;
    spec.assignee = marked.is_unassigned ? "" : owner();
    if (mention.word.empty()) mention.word = from.word;
    spec.priority = marked.priority.value_or(
        parent.empty() ? from.priority.value_or(Priority::normal) : Priority::normal
    );
    for (const std::string& id : marked.needs) spec.needs.push_back({id, Until::done});
    for (const std::string& path : marked.paths) {
      if (spec.paths.size() < limits::names_per_task) spec.paths.push_back(path);
    }
    std::string title = marked.text;
    for (const std::string& remark : marked.remarks) {
      const std::string in_title = "(" + remark + ")";
      const std::string known = owners_.find(remark);
      if (!known.empty() || names_worker(remark)) {
        spec.assignee = owners_.add(remark);
        title = without(std::move(title), in_title);
      } else if (owners_.has_model(owner(), remark)) {
        spec.prefers.push_back("model=" + remark);
        title = without(std::move(title), in_title);
      }
    }
    spec.title = cut(title, limits::title_bytes);
    if (spec.title.size() < title.size()) spec.description = cut(title, limits::text_bytes);
    if (spec.title.empty() && spec.id.empty()) {
      unread(line);
      return "";
    }
    Result<std::string> id = tasks_.add(std::move(mention));
    if (id.ok()) return *id;
    problem(id.error(), line.number);
    return "";
  }

  // "All subtasks from 2.1 to 2.7": whether the line names several tasks.
  bool add_range(const MarkdownLine& line, const std::string& text) {
    const auto ids = ids_named(text);
    if (!ids.ok()) {
      problem(ids.error(), line.number);
      return true;
    }
    if (ids->empty()) return false;
    for (const std::string& number : *ids) {
      TaskMention mention{.line = line.number, .section = heading_};
      mention.spec.id = number;
      mention.spec.phase = section().phase;
      mention.spec.assignee = owner();
      const Result<std::string> id = tasks_.add(std::move(mention));
      if (!id.ok()) problem(id.error(), line.number);
    }
    return true;
  }

  // ---- what is no task -------------------------------------------------------------------------

  void read_history(const MarkdownLine& line, const MarkedText& marked, std::int64_t indent) {
    if (!marked.label.empty() && names_worker(marked.label)) {
      blocks_.push_back(
          {.indent = indent, .part = Part::owner, .owner = owner_name(marked.label).name}
      );
      if (marked.value.empty()) return;
    }
    if (marked.id_leads && marked.word == "done") tasks_.say_done(marked.id);
    add_note(line, marked);
    if (marked.id_leads) blocks_.push_back({.indent = indent, .task = marked.id});
  }

  void read_remark(const MarkdownLine& line, const MarkedText& marked, std::int64_t indent) {
    const std::string known = marked.label.empty() ? "" : owners_.find(marked.label);
    if (!known.empty()) {
      blocks_.push_back({.indent = indent, .part = Part::owner, .owner = known});
      if (marked.value.empty()) return;
    }
    add_note(line, marked);
  }

  // An item is a point, what stands below it says more of it.
  void read_point(const MarkdownLine& line, const MarkedText& marked, std::int64_t indent) {
    const bool is_below = top() != nullptr && top()->part == Part::point;
    if (!is_below) {
      IntegrationPoint point{.line = line.number};
      point.title = cut(marked.label.empty() ? marked.text : marked.label, limits::title_bytes);
      point.text = marked.value;
      point.id = id_from_title(point.title);
      plan_.points.push_back(std::move(point));
      blocks_.push_back({.indent = indent, .part = Part::point});
    }
    IntegrationPoint& point = plan_.points.back();
    if (is_below) {
      if (!point.text.empty()) point.text += '\n';
      point.text += plain(line.text);
    }
    for (std::string& name : owners_.named_in(line.text)) {
      const bool is_known =
          std::find(point.between.begin(), point.between.end(), name) != point.between.end();
      if (!is_known) point.between.push_back(std::move(name));
    }
    const auto ids = ids_named(line.text);
    if (!ids.ok()) return problem(ids.error(), line.number);
    point.tasks.insert(point.tasks.end(), ids->begin(), ids->end());
  }

  void keep_measure(StatedMeasure measure) { plan_.measures.push_back(std::move(measure)); }

  void add_note(const MarkdownLine& line, const MarkedText& marked) {
    PlanNote note{.worker = owner(), .text = plain(line.text), .line = line.number};
    if (marked.id_leads) {
      note.task = marked.id;
    } else if (const auto ids = ids_named(line.text); ids.ok() && ids->size() == 1) {
      note.task = ids->front();
    } else if (top() != nullptr) {
      note.task = top()->task;
    }
    plan_.notes.push_back(std::move(note));
  }

  void unread(const MarkdownLine& line) { plan_.unread.push_back({line.number, plain(line.text)}); }

  const std::string& file_;
  Plan& plan_;
  Problems& problems_;
  Owners owners_;
  MentionedTasks tasks_;
  std::vector<Section> sections_{Section{}};
  std::vector<Block> blocks_;
  std::int64_t heading_ = 0;
};

}  // namespace

void read_markdown(std::string_view text, const std::string& file, Plan& plan, Problems& problems) {
  MarkdownReader(file, plan, problems).read(text);
}

}  // namespace evener

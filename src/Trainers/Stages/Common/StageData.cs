using RlCore.Trainers.Datasets;

namespace RlCore.Trainers.Stages;

/// <summary>The data of a stage, read and checked. Each stage has a record for what it reads.</summary>
public abstract record StageData;

/// <summary>For stages that draw completions.</summary>
/// <param name="Questions">Prompts, with their known answers where rewards read them.</param>
public record QuestionData(IReadOnlyList<Question> Questions) : StageData;

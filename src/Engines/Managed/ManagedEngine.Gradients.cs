namespace RlCore.Engines.Managed;

/// <content>The gradients of parameters.</content>
public sealed unsafe partial class ManagedEngine
{
    /// <inheritdoc/>
    public void ReadGradient(ManagedTensor parameter, Span<float> destination)
    {
        var node = OwnParameter(parameter);
        CheckCount(node.Rows, node.Columns, destination.Length);
        if (node.HasGradient)
        {
            new ReadOnlySpan<float>(node.Gradient.Data, node.Length).CopyTo(destination);
        }
        else
        {
            destination.Clear();
        }
    }

    /// <inheritdoc/>
    public void ReadGradient(ManagedTensor parameter, int first, Span<float> destination)
    {
        var node = OwnParameter(parameter);
        CheckPart(node, first, destination.Length);
        if (node.HasGradient)
        {
            new ReadOnlySpan<float>(node.Gradient.Data + first, destination.Length).CopyTo(destination);
        }
        else
        {
            destination.Clear();
        }
    }

    /// <inheritdoc/>
    public void WriteGradient(ManagedTensor parameter, int first, ReadOnlySpan<float> values)
    {
        var node = OwnParameter(parameter);
        CheckPart(node, first, values.Length);
        bool hadGradient = node.HasGradient;
        node.Accepts(out var sink);
        if (!hadGradient)
        {
            new Span<float>(sink.Data, node.Length).Clear();
        }

        values.CopyTo(new Span<float>(sink.Data + first, values.Length));
    }

    /// <inheritdoc/>
    public bool HasGradient(ManagedTensor parameter) => OwnParameter(parameter).HasGradient;

    /// <inheritdoc/>
    public IGradientsAside SetGradientsAside(IReadOnlyList<NamedParameter<ManagedTensor>> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return new GradientsAside(this, [.. parameters.Select(parameter => OwnParameter(parameter.Value, $"'{parameter.Name}'"))]);
    }

    private static void CheckPart(Node node, int first, int count)
    {
        if (first < 0 || first > node.Length - count)
        {
            throw new ArgumentException(
                $"Elements {first} to {(long)first + count} are not within [{node.Rows}, {node.Columns}].", nameof(first));
        }
    }
}

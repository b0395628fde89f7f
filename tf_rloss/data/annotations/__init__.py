"""Import of what annotation tools export: brush strokes, polygons, clicks, boxes."""

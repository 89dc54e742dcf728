const { DataTypes } = require('sequelize');

exports.up = ({ context }) => context.addColumn('books', 'pages', { type: DataTypes.INTEGER });
exports.down = ({ context }) => context.removeColumn('books', 'pages');
